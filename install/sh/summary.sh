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
  show "$PROGRAMS $WANTED $(t installed 설치됨)   $(t mode 모드) $F_MODE   $F_CUSTOMER_ID / $F_SERVER_NAME / $F_CSP / $F_REGION / $F_ENVIRONMENT"
  show "  $(t 'pushes to   ' '보내는 곳   ')$(masked_url "${PUSH_URL%/api/v1/*}")${PLAIN_NOTE:+ ($PLAIN_NOTE)}"
  show "  $(t 'delivery    ' '전달        ')$(delivery_words)"
  if [ "$main_program" = msp-agent ]; then show "  $(t 'limits      ' '한도        ')$(limit_words msp-agent)"; fi
  # The whole path: sudo has no /usr/local/bin on RHEL and its kin.
  show "  $(t 'logs        ' '로그        ')journalctl -u $main_program        $(t 'check again' '다시 확인')   sudo -u $main_program $BIN/$main_program check"
  if [ -f "$LIBEXEC/install.sh" ]; then
    show "  $(t 'remove      ' '제거        ')sudo sh $LIBEXEC/install.sh --uninstall"
    show "  $(t 'report      ' '보고서      ')sudo sh $LIBEXEC/install.sh --diagnose"
  else
    warn "$(t 'this script could not be kept here: --uninstall and --diagnose need it again' \
      '이 스크립트를 서버에 남기지 못했습니다. --uninstall 과 --diagnose 에 다시 필요합니다')"
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
  stored) t "stored at the centre after $TOOK s, ${SERIES:-?} series" "중앙에 저장됨 ($TOOK 초, 시계열 ${SERIES:-?}개)" ;;
  forwarded) t "forwarded to the centre by the relay after $TOOK s, ${SERIES:-?} series" \
    "릴레이가 중앙으로 보냄 ($TOOK 초, 시계열 ${SERIES:-?}개)" ;;
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
  t "${memory}B memory, $cpu of one CPU" "메모리 ${memory}B, CPU 한 개의 $cpu"
}

# The line for the servers behind this gateway, once for each inner address. Only
# a relay that has the script can hand it out.
show_inner_command() {
  if [ -f "$MIRROR/install.sh" ]; then
    show "  $(t 'inner servers: run there' '내부 서버에서 실행:')"
  else
    show "  $(t 'inner servers: bring install.sh and a bundle, this relay has none; run there' \
      '내부 서버에서 실행 (이 릴레이에는 설치 파일이 없으므로 install.sh 와 번들을 가져가세요):')"
  fi
  for address in $(inner_addresses); do
    from='sudo sh install.sh --offline=BUNDLE'
    if [ -f "$MIRROR/install.sh" ]; then
      from="curl -fsSL http://$address:$LISTEN_PORT/install.sh | sudo sh -s --"
    fi
    show "    $from --mode=relay-agent --relay-url=http://$address:$LISTEN_PORT$RELAY_PATH --customer-id=$F_CUSTOMER_ID --server-name=NAME --csp=$F_CSP --region=$F_REGION --environment=$F_ENVIRONMENT"
  done
}
