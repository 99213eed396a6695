#!/bin/sh
# From flags, variables and an earlier installation to the settings of this run.
# shellcheck disable=SC2034 # other parts use these variables

# Flags and variables that a person sets on purpose; the rest has no variable.
read_environment() {
  for name in $(variable_of "$VALUE_FLAGS insecure-http no-firewall no-start yes"); do
    eval "given=\$F_$name value=\${MSP_$name:-}"
    value=${value%"$CR"}
    if [ -n "$given" ] || [ -z "$value" ]; then continue; fi
    case $name:$value in
    INSECURE_HTTP:[0nf]* | NO_*:[0nf]* | YES:[0nf]*) continue ;; # 0, no, false
    esac
    check_typography "MSP_$name" "$value"
    eval "F_$name=\$value"
  done
}

# en, or ko where the person's locale is Korean in UTF-8.
choose_language() {
  case ${F_LANG:-} in
  ko | en) UI_LANG=$F_LANG ;;
  *)
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
    ko*.[Uu][Tt][Ff]8 | ko*.[Uu][Tt][Ff]-8) UI_LANG=ko ;;
    *) UI_LANG=en ;;
    esac
    ;;
  esac
}

# install, upgrade, uninstall, diagnose, help or version.
choose_action() {
  ACTION=install
  for action in upgrade uninstall diagnose; do
    eval "given=\$F_$(variable_of "$action")"
    if [ -z "$given" ]; then continue; fi
    if [ "$ACTION" != install ]; then usage_error E114 "$ACTION" "$action"; fi
    if [ -n "$F_MODE" ] && [ "$F_MODE" != "${MSP_MODE:-}" ]; then usage_error E114 "$action" mode; fi
    ACTION=$action
  done
  if [ -n "$F_PURGE" ] && [ "$ACTION" != uninstall ]; then
    usage_error E105 --purge '--uninstall --purge'
  fi
  if [ -n "$F_NO_START" ]; then F_NO_VERIFY=1; fi
}

# The value of a key in an env file; nothing when either is missing.
env_file_value() {
  if [ -r "$1" ]; then sed -n "s/^$2=//p" "$1" | tail -n 1; fi
}

# Without what was installed, a run would give wrong advice. Only root may read it.
refuse_unreadable() {
  for file in "$STATE" "$AGENT_ENV" "$RELAY_ENV"; do
    if [ ! -e "$file" ] || [ -r "$file" ]; then continue; fi
    if [ -n "$F_DRY_RUN" ]; then fail E207; fi
    fail E201
  done
}

# What an earlier run wrote stands in for what this one was not told.
read_installed() {
  INSTALLED_MODE=$(env_file_value "$AGENT_ENV" MSP_MODE)
  INSTALLED_CUSTOMER=$(env_file_value "$AGENT_ENV" MSP_CUSTOMER_ID)
  INSTALLED_SERVER=$(env_file_value "$AGENT_ENV" MSP_SERVER_NAME)
  if [ -z "$INSTALLED_MODE" ] && [ -r "$RELAY_ENV" ]; then
    INSTALLED_MODE=relay-server
    # Who names the mode again may want the agent this time.
    if [ -z "$F_MODE" ] || [ "$ACTION" = upgrade ]; then F_RELAY_ONLY=1; fi
  fi
}

fall_back() {
  eval "given=\$F_$(variable_of "$1")"
  if [ -n "$given" ]; then return; fi
  value=$(env_file_value "$2" "$3")
  if [ -n "$value" ]; then eval "F_$(variable_of "$1")=\$value"; fi
}

use_installed() {
  F_MODE=${F_MODE:-${INSTALLED_MODE:-$DEFAULT_MODE}}
  identity_env=$AGENT_ENV
  if [ ! -r "$AGENT_ENV" ]; then identity_env=$RELAY_ENV; fi
  fall_back customer-id "$identity_env" MSP_CUSTOMER_ID
  fall_back server-name "$identity_env" MSP_SERVER_NAME
  fall_back csp "$identity_env" MSP_CSP
  fall_back region "$identity_env" MSP_REGION
  fall_back environment "$identity_env" MSP_ENVIRONMENT
  case $F_MODE in
  direct) fall_back remote-write-url "$AGENT_ENV" MSP_REMOTE_WRITE_URL ;;
  relay-agent) fall_back relay-url "$AGENT_ENV" MSP_RELAY_URL ;;
  relay-server)
    fall_back remote-write-url "$RELAY_ENV" MSP_REMOTE_WRITE_URL
    fall_back listen "$RELAY_ENV" MSP_LISTEN
    fall_back allow-from "$RELAY_ENV" MSP_ALLOW_FROM
    F_ALLOW_FROM=${F_ALLOW_FROM#"$OWN_RANGES,"}
    fall_back spool "$RELAY_ENV" MSP_SPOOL
    fall_back spool-max "$RELAY_ENV" MSP_SPOOL_MAX
    ;;
  esac
  # The settings of the program that leaves this machine.
  PUSH_ENV=$AGENT_ENV
  if [ "$INSTALLED_MODE" = relay-server ]; then PUSH_ENV=$RELAY_ENV; fi
  fall_back proxy "$PUSH_ENV" HTTPS_PROXY
  if [ "$(env_file_value "$PUSH_ENV" MSP_INSECURE_HTTP)" = true ]; then F_INSECURE_HTTP=1; fi
  if [ "$F_MODE" = relay-agent ]; then F_RELAY_URL=${F_RELAY_URL:-$DEFAULT_RELAY_URL}; fi
  F_ENVIRONMENT=${F_ENVIRONMENT:-prod}
  F_PROXY=${F_PROXY:-${HTTPS_PROXY:-${https_proxy:-${HTTP_PROXY:-${http_proxy:-}}}}}
}

relay_defaults() {
  F_LISTEN=${F_LISTEN:-0.0.0.0:9999}
  F_ALLOW_FROM=${F_ALLOW_FROM:-10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10}
  F_SPOOL=${F_SPOOL:-/var/lib/msp}
  LISTEN_PORT=${F_LISTEN##*:}
}

# A path as the person meant it: the script itself works in /.
from_start() {
  case $1 in
  /*) printf '%s' "$1" ;;
  *) printf '%s/%s' "$START_DIR" "$1" ;;
  esac
}
