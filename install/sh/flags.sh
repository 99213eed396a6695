#!/bin/sh
# Reads the command line: --flag=value and --flag value are the same. Precedence:
# flag, MSP_* variable, settings of an earlier installation, default.
# shellcheck disable=SC2034 # other parts use these variables

VALUE_FLAGS='mode customer-id server-name csp region environment remote-write-url
relay-url token token-file version base-url offline checksum relay-checksum ca-file
proxy listen allow-from spool spool-max lang'
SWITCHES='insecure-http replace-server relay-only no-firewall no-start no-verify
dry-run yes upgrade uninstall purge diagnose quiet verbose help script-version'

# Every setting is in F_NAME, empty when nobody gave it.
clear_flags() {
  for name in $(variable_of "$VALUE_FLAGS $SWITCHES"); do
    eval "F_$name="
  done
}

# customer-id is F_CUSTOMER_ID in here, and MSP_CUSTOMER_ID in the environment.
variable_of() {
  printf '%s' "$1" | tr '[:lower:]-' '[:upper:]_'
}

parse_flags() {
  clear_flags
  while [ $# -gt 0 ]; do
    word=$1
    shift
    case $word in
    --)
      if [ $# -gt 0 ]; then later_error E105 "$(shown "$1")" "--environment=$(shown "$1")"; fi
      return
      ;;
    -h) F_HELP=1 ;;
    --*=*) take_flag "$(bare_name "${word%%=*}")" "${word#*=}" ;;
    --*)
      name=$(bare_name "$word")
      if is_listed "$name" "$SWITCHES"; then
        take_switch "$name"
      elif ! is_listed "$name" "$VALUE_FLAGS"; then
        take_flag "$name" ''
      elif [ $# -gt 0 ] && [ "${1#--}" = "$1" ]; then
        take_flag "$name" "$1"
        shift
      elif [ "$name" = offline ]; then
        # The folder in which the script lies.
        take_flag offline "$(dirname "$0")"
      else
        take_flag "$name" ''
      fi
      ;;
    *) later_error E105 "$(shown "$word")" "--environment=$(shown "$word")" ;;
    esac
  done
}

bare_name() {
  bare=${1#--}
  if [ "$bare" = mirror ]; then bare=base-url; fi
  printf '%s' "$bare"
}

is_listed() {
  for listed in $2; do
    if [ "$1" = "$listed" ]; then return 0; fi
  done
  return 1
}

take_switch() {
  eval "F_$(variable_of "$1")=1"
}

take_flag() {
  if is_listed "$1" "$SWITCHES"; then
    case $2 in
    1 | true | yes) take_switch "$1" ;;
    0 | false | no) ;;
    *) later_error E105 "$(shown "$2")" "--$1" ;;
    esac
    return
  fi
  if ! is_listed "$1" "$VALUE_FLAGS"; then
    later_error E103 "$(shown "--$1")" "$(nearest_flag "$1")"
    return
  fi
  # A command pasted from Windows ends in a carriage return.
  value=${2%"$CR"}
  if [ -z "$value" ]; then
    later_error E104 "$1" "$(example_of "$1")"
    return
  fi
  check_typography "--$1" "$value"
  flag_name=$(variable_of "$1")
  eval "given=\$F_$flag_name"
  if [ -n "$given" ] && [ "$given" != "$value" ]; then
    later_error E106 "$1" "$(shown_value "$1" "$given")" "$(shown_value "$1" "$value")"
    return
  fi
  eval "F_$flag_name=\$value"
}

check_typography() {
  case $2 in
  *"$QUOTES"* | *"$NBSP"*) later_error E113 "$1" "$(shown_value "$1" "$2")" ;;
  esac
}

# What was most likely meant: the same letters, a beginning, or a known other name.
nearest_flag() {
  letters=$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]' | tr -d '_-')
  case $letters in
  customer | customername | tenant) printf 'customer-id' && return ;;
  server | name | hostname | host) printf 'server-name' && return ;;
  env) printf 'environment' && return ;;
  url | centralurl | remotewrite | writeurl) printf 'remote-write-url' && return ;;
  relay | relayip | relayhost) printf 'relay-url' && return ;;
  provider | cloud) printf 'csp' && return ;;
  remove) printf 'uninstall' && return ;;
  update) printf 'upgrade' && return ;;
  port) printf 'listen' && return ;;
  esac
  for flag in $VALUE_FLAGS $SWITCHES; do
    known=$(printf '%s' "$flag" | tr -d '-')
    case $known in
    "$letters"*) printf '%s' "$flag" && return ;;
    esac
    # One letter too many at the end, or one missing.
    if [ "${letters%?}" = "$known" ] || [ "$letters" = "${known%?}" ]; then
      printf '%s' "$flag" && return
    fi
  done
}

example_of() {
  case $1 in
  mode) echo direct ;;
  customer-id) echo kt-cloud ;;
  server-name) hostname -s 2>/dev/null || echo web-01 ;;
  csp) echo kt ;;
  region) echo kc1 ;;
  environment) echo prod ;;
  remote-write-url) echo https://metrics.example/api/v1/write ;;
  relay-url) echo http://10.0.1.5:9999/api/v1/metrics/write ;;
  base-url) echo http://10.0.1.5:9999/dl ;;
  proxy) echo http://10.0.0.1:3128 ;;
  listen) echo 0.0.0.0:9999 ;;
  allow-from) echo 10.0.0.0/8 ;;
  spool) echo /var/lib/msp ;;
  spool-max) echo 2GiB ;;
  version) echo "$VERSION" ;;
  lang) echo ko ;;
  *) echo VALUE ;;
  esac
}

# Errors while the command line is read wait until --lang is known: one a line,
# fields separated by a character that no value may hold.
later_error() {
  later_fields=
  for field in "$@"; do
    later_fields="$later_fields$(printf '%s' "$field" | tr '\n\037' '  ')$US"
  done
  LATER="$LATER$later_fields
"
}

print_later_errors() {
  old_ifs=$IFS
  while [ -n "$LATER" ]; do
    IFS=$US
    set -f
    # shellcheck disable=SC2086 # split at the separator
    set -- ${LATER%%"
"*}
    set +f
    IFS=$old_ifs
    LATER=${LATER#*"
"}
    usage_error "$@"
  done
}
