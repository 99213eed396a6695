#!/bin/sh
# What a person sees at the end, in a fixed shape.
# shellcheck disable=SC2034 # other parts use these variables

summarize() {
  if [ -n "$F_DRY_RUN" ]; then
    line "$(t 'nothing was changed (--dry-run)' '아무것도 바꾸지 않았습니다 (--dry-run)')"
    finish_ok "mode=$F_MODE version=$WANTED delivery=dry-run"
  fi
  main_program=msp-agent
  if [ "$PROGRAMS" = msp-relay ]; then main_program=msp-relay; fi
  if [ -z "$ALL_CHANGED$NEW_PROGRAMS" ] || [ -z "$(printf '%s' "$ALL_CHANGED$NEW_PROGRAMS" | tr -d ' ')" ]; then
    say "$(t 'nothing to do: installed with these settings' '바꿀 것이 없습니다: 이 설정으로 설치되어 있습니다')"
  fi
  show "$PROGRAMS $WANTED installed   mode $F_MODE   $F_CUSTOMER_ID / $F_SERVER_NAME / $F_CSP / $F_REGION / $F_ENVIRONMENT"
  show "  pushes to   $(masked_url "${PUSH_URL%/api/v1/*}")${PLAIN_NOTE:+ ($PLAIN_NOTE)}"
  show "  delivery    $(delivery_words)"
  if [ "$main_program" = msp-agent ]; then show "  limits      $(limit_words msp-agent)"; fi
  # The whole path: sudo has no /usr/local/bin on RHEL and its kin.
  show "  logs        journalctl -u $main_program        check again   sudo -u $main_program $BIN/$main_program check"
  if [ -n "$OWN_COPY" ]; then
    show "  remove      sudo sh $LIBEXEC/install.sh --uninstall"
    show "  report      sudo sh $LIBEXEC/install.sh --diagnose"
  fi
  if [ "$F_MODE" = relay-server ]; then show_inner_command; fi
  finish_ok "mode=$F_MODE version=$WANTED delivery=$DELIVERY"
}

# Plain ASCII in English, to stdout and the log.
show() {
  if [ -z "$F_QUIET" ]; then printf '%s\n' "$1"; fi
  log_line "$1"
}

delivery_words() {
  case $DELIVERY in
  stored) t "stored at the centre after $TOOK s, ${SERIES:-?} series" "중앙에 저장됨 ($TOOK 초, ${SERIES:-?} 계열)" ;;
  forwarded) t "forwarded to the centre by the relay after $TOOK s, ${SERIES:-?} series" \
    "릴레이가 중앙으로 보냄 ($TOOK 초, ${SERIES:-?} 계열)" ;;
  spooled) t "stored by the relay, will be forwarded: its uplink is down; this host is fine" \
    '릴레이에 저장됨. 릴레이의 상위 회선이 끊겨 있어 나중에 전송됩니다. 이 서버는 정상입니다' ;;
  forwarding) t 'the relay is up and the centre accepts it' '릴레이가 실행 중이고 중앙이 받습니다' ;;
  *) t 'not verified' '확인하지 않음' ;;
  esac
}

# From the unit itself, so that what is said is what holds.
limit_words() {
  memory=$(unit_text "$1" | sed -n 's/^MemoryMax=//p')
  cpu=$(unit_text "$1" | sed -n 's/^CPUQuota=//p')
  printf '%sB memory, %s of one CPU' "$memory" "$cpu"
}

# The line for the servers behind this gateway, once for each inner address.
show_inner_command() {
  show "  inner servers: run there"
  for address in $(inner_addresses); do
    show "    curl -fsSL http://$address:$LISTEN_PORT/install.sh | sudo sh -s -- --mode=relay-agent --relay-url=http://$address:$LISTEN_PORT$RELAY_PATH --customer-id=$F_CUSTOMER_ID --server-name=NAME --csp=$F_CSP --region=$F_REGION --environment=$F_ENVIRONMENT"
  done
}
