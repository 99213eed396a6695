#!/bin/sh
# The order of things. Everything above is functions: a script that was cut off
# on its way calls none of them.
# shellcheck disable=SC2034 # other parts use these variables

set_up() {
  set -eu
  umask 022
  START_DIR=$PWD
  cd /
  # Commands must not read the rest of this script, which may be on stdin.
  exec </dev/null
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  export PATH
  US=$(printf '\037')
  CR=$(printf '\r')
  # Typographic quotes (U+2018 to U+201F) and U+00A0, as bytes of UTF-8.
  QUOTES=$(printf '\342\200')
  NBSP=$(printf '\302\240')
  AGENT_ETC=/etc/msp-agent
  RELAY_ETC=/etc/msp-relay
  AGENT_ENV=$AGENT_ETC/agent.env
  RELAY_ENV=$RELAY_ETC/relay.env
  STATE=$AGENT_ETC/install.state
  UNIT_DIR=/etc/systemd/system
  LOG_FILE=/var/log/msp-install.log
  LOCK=/run/msp-install.lock
  MIRROR=/usr/local/share/msp
  OWN_RANGES=127.0.0.0/8,::1
  KNOWN_KEYS='MSP_MODE MSP_CUSTOMER_ID MSP_SERVER_NAME MSP_CSP MSP_REGION MSP_ENVIRONMENT
    MSP_ROLE MSP_REMOTE_WRITE_URL MSP_RELAY_URL MSP_TOKEN_FILE MSP_CA_FILE MSP_INSECURE_HTTP
    MSP_LISTEN MSP_SPOOL MSP_SPOOL_MAX MSP_ALLOW_FROM MSP_INSTALL_ID
    HTTPS_PROXY HTTP_PROXY NO_PROXY'
  clear_state
}

# What a run finds out on its way.
clear_state() {
  STEP='start'
  UI_LANG=en LOG_OPEN='' LOG_TEXT='' LATER='' USAGE_ID='' FINISHED='' CHILD=''
  HAS_LOCK='' STAGING='' STAGING_PARENTS='' FRESH='' CHANGES_BEGUN='' SERVICE_STARTED=''
  NEW_PROGRAMS='' PLACING='' CHANGED='' ALL_CHANGED='' RELOAD_UNITS='' PLAIN_NOTE='' OWN_COPY=''
  INSTALLED_MODE='' INSTALLED_CUSTOMER='' INSTALLED_SERVER='' SELINUX=none IN_CONTAINER=''
  FETCH_POST='' FETCH_HEADERS='' FETCH_BAR='' FETCH_WORDS='' HTTP_CODE='' CA_BUNDLE=''
  FETCH_DIRECT='' PUSH_URL='' PUSH_TOKEN='' NO_PROXY_LIST='' DELIVERY='' SERIES='' WHY='' WHY_FIX=''
  BIN=/usr/local/bin LIBEXEC=/usr/local/libexec/msp PROGRAMS='' BUNDLE_DIR=''
}

main() {
  set_up
  # The script's own messages follow the person's language; tools speak C.
  parse_flags "$@"
  read_environment
  choose_language
  LC_ALL=C
  export LC_ALL
  set_traps
  print_later_errors
  if [ -n "$F_HELP" ]; then print_help && FINISHED=1 && exit 0; fi
  if [ -n "$F_SCRIPT_VERSION" ]; then printf '%s\n' "$VERSION" && FINISHED=1 && exit 0; fi
  choose_action
  # A wrong flag may have been the one that names the action.
  if [ "$ACTION" != install ]; then stop_on_usage_errors; fi
  case $ACTION in
  uninstall) uninstall_action ;;
  diagnose) diagnose_action ;;
  *) install_action ;;
  esac
}
