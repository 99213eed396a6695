#!/bin/sh
# The files under /etc: settings, token, certificate, and the units.
# shellcheck disable=SC2034 # other parts use these variables

write_agent_config() {
  STEP='write the settings of msp-agent'
  put_folder "$AGENT_ETC" 0755 root:root
  put_settings agent_settings "$AGENT_ENV" msp-agent
  # On a gateway the token belongs to the relay: its own agent pushes to it.
  if [ "$F_MODE" != relay-server ]; then put_token "$AGENT_ETC/token" msp-agent; fi
  put_ca "$AGENT_ETC/ca.pem"
}

agent_settings() {
  echo "MSP_MODE=$F_MODE"
  identity_settings
  case $F_MODE in
  direct) echo "MSP_REMOTE_WRITE_URL=$F_REMOTE_WRITE_URL" ;;
  relay-agent) echo "MSP_RELAY_URL=$F_RELAY_URL" ;;
  relay-server)
    echo 'MSP_ROLE=relay'
    echo "MSP_RELAY_URL=http://127.0.0.1:$LISTEN_PORT$RELAY_PATH"
    ;;
  esac
  if [ "$F_MODE" != relay-server ]; then transport_settings "$AGENT_ETC"; fi
  echo "MSP_INSTALL_ID=$INSTALL_ID"
}

identity_settings() {
  echo "MSP_CUSTOMER_ID=$F_CUSTOMER_ID"
  echo "MSP_SERVER_NAME=$F_SERVER_NAME"
  echo "MSP_CSP=$F_CSP"
  echo "MSP_REGION=$F_REGION"
  echo "MSP_ENVIRONMENT=$F_ENVIRONMENT"
}

# How the program that leaves this machine reaches the next hop.
transport_settings() {
  if [ -n "$F_TOKEN" ] || [ -f "$1/token" ]; then echo "MSP_TOKEN_FILE=$1/token"; fi
  if [ -n "$F_CA_FILE" ] || [ -f "$1/ca.pem" ]; then echo "MSP_CA_FILE=$1/ca.pem"; fi
  if [ -n "$F_INSECURE_HTTP" ]; then echo 'MSP_INSECURE_HTTP=true'; fi
  if [ -n "$F_PROXY" ]; then
    echo "HTTPS_PROXY=$F_PROXY"
    echo "HTTP_PROXY=$F_PROXY"
    echo "NO_PROXY=$NO_PROXY_LIST"
  fi
}

write_relay_config() {
  STEP='write the settings of msp-relay'
  put_folder "$RELAY_ETC" 0755 root:root
  put_settings relay_settings "$RELAY_ENV" msp-relay
  put_token "$RELAY_ETC/token" msp-relay
  put_ca "$RELAY_ETC/ca.pem"
  if [ "$F_SPOOL" != /var/lib/msp ]; then put_spool; fi
}

# The usual one is made by systemd. What was there before is lent to the relay.
put_spool() {
  if [ ! -d "$F_SPOOL" ]; then
    put_folder_chain "$(dirname "$F_SPOOL")"
    put_folder "$F_SPOOL" 0750 msp-relay:msp-relay
  elif ! belongs_to msp-relay "$F_SPOOL" && is_empty_folder "$F_SPOOL"; then
    record lent "$F_SPOOL" owner "$(stat -c %u:%g "$F_SPOOL")"
    change "chown msp-relay:msp-relay $F_SPOOL" chown msp-relay:msp-relay "$F_SPOOL"
  fi
}

relay_settings() {
  echo "MSP_LISTEN=$F_LISTEN"
  echo "MSP_REMOTE_WRITE_URL=$F_REMOTE_WRITE_URL"
  echo "MSP_SPOOL=$F_SPOOL"
  echo "MSP_SPOOL_MAX=$F_SPOOL_MAX"
  echo "MSP_ALLOW_FROM=$OWN_RANGES,$F_ALLOW_FROM"
  identity_settings
  transport_settings "$RELAY_ETC"
  echo "MSP_INSTALL_ID=$INSTALL_ID"
}

# Our keys as they are to be, and every other line of the file that is there.
# $1 prints the settings, $2 the file, $3 the group that reads it.
put_settings() {
  stage_content "$1"
  mv "$STAGING/content" "$STAGING/settings" || fail E232 "mv $STAGING/content"
  stage_content merge_settings "$2"
  put_file "$2" 0640 "root:$3"
}

# What awk has to add may be nothing, so it does not notice a full disk.
merge_settings() {
  echo "# Written by install.sh $VERSION at $(date -u +%Y-%m-%dT%H:%M:%SZ). Own lines are kept." &&
    cat "$STAGING/settings" || return 1
  if [ ! -r "$1" ]; then return; fi
  awk -v known="$KNOWN_KEYS" '
    BEGIN { n = split(known, keys, " "); for (i = 1; i <= n; i++) ours[keys[i]] = 1 }
    NR == 1 && /^# Written by install.sh / { next }
    { key = $0; sub(/=.*/, "", key); if (!(key in ours)) print }
  ' "$1"
}

put_token() {
  if [ -z "$F_TOKEN" ]; then return; fi
  stage_content echo_token
  put_file "$1" 0600 "$2:$2"
}

# Not as an argument, which other users see.
echo_token() {
  printf '%s\n' "$F_TOKEN"
}

put_ca() {
  if [ -z "$F_CA_FILE" ]; then return; fi
  stage_content cat "$CA_SOURCE"
  put_file "$1" 0644 root:root
}

write_unit() {
  STEP="write the unit of $1"
  put_folder "$UNIT_DIR" 0755 root:root
  stage_content fitted_unit "$1"
  put_file "$UNIT_DIR/$1.service" 0644 root:root
  if [ "$1" = msp-relay ] && [ "$F_SPOOL" != /var/lib/msp ]; then
    put_folder "$UNIT_DIR/msp-relay.service.d" 0755 root:root
    stage_content printf '[Service]\nReadWritePaths=%s\n' "$F_SPOOL"
    put_file "$UNIT_DIR/msp-relay.service.d/10-spool.conf" 0644 root:root
  fi
}

# The unit as this systemd can take it. Where it does not know the set
# @system-service, it would ignore the word and allow almost nothing.
fitted_unit() {
  # Not into a pipe: where a shell cannot make its file for the text, nothing
  # would come out of it, and look well.
  fitted=$(unit_text "$1") || return 1
  set -- -e "s|/usr/local/bin/|$BIN/|g"
  if ! systemd-analyze syscall-filter @system-service >/dev/null 2>&1; then
    set -- "$@" -e '/^SystemCallFilter=/d' -e '/^SystemCallErrorNumber=/d'
  fi
  printf '%s\n' "$fitted" | sed "$@"
}
