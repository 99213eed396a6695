#!/bin/sh
# The destination, before 40 MB are downloaded for it: is it reachable, does it
# take this token, does its clock agree, is the name free.
# shellcheck disable=SC2034 # other parts use these variables

check_destination_answers() {
  if [ -n "$F_NO_VERIFY" ]; then return; fi
  # BusyBox's wget cannot post, and would show the token in its arguments.
  if [ "$FETCH" = wget ] || [ -z "$FETCH" ]; then
    detail "$(t 'destination not asked: there is no curl' 'curl 이 없어 목적지를 미리 확인하지 않습니다')"
    return
  fi
  STEP='ask the destination'
  if ! write_push_files; then fail E232 "$(t 'write' '쓰기') $STAGING"; fi
  FETCH_POST=$STAGING/empty
  FETCH_HEADERS=$STAGING/headers
  push_ok=
  if fetch "$PUSH_URL" "$STAGING/answer" 20; then push_ok=1; fi
  FETCH_POST=
  FETCH_HEADERS=
  if [ -z "$push_ok" ]; then refuse_destination; fi
  check_clock
  if [ "$F_MODE" = relay-agent ]; then check_name; fi
}

# A WriteRequest without series: every receiver takes it and stores nothing.
write_push_files() {
  printf '\000' >"$STAGING/empty" &&
    (umask 077 && push_headers >"$STAGING/push.curl") &&
    (umask 077 && push_headers | tr -d '"' >"$STAGING/push.wget") &&
    [ -s "$STAGING/empty" ] && [ -s "$STAGING/push.wget" ]
}

push_headers() {
  echo 'header = "Content-Type: application/x-protobuf"' &&
    echo 'header = "Content-Encoding: snappy"' &&
    echo 'header = "X-Prometheus-Remote-Write-Version: 0.1.0"' || return 1
  if [ -n "$PUSH_TOKEN" ]; then echo "header = \"Authorization: Bearer $PUSH_TOKEN\""; fi
}

# The token of this run, or that of the installation.
find_push_token() {
  PUSH_TOKEN=$F_TOKEN
  etc=$AGENT_ETC
  if [ "$F_MODE" = relay-server ]; then etc=$RELAY_ETC; fi
  if [ -z "$PUSH_TOKEN" ] && [ -r "$etc/token" ]; then PUSH_TOKEN=$(cat "$etc/token"); fi
}

refuse_destination() {
  case $HTTP_CODE in
  401 | 403)
    if [ -z "$PUSH_TOKEN" ]; then fail E130; fi
    fail E220 "$(masked_url "$PUSH_URL") refuses this token ($HTTP_CODE)" \
      "$(masked_url "$PUSH_URL") 이(가) 이 토큰을 거부합니다 ($HTTP_CODE)" \
      'ask the operator of the centre for the token of this customer; at a relay, this address must be in its --allow-from' \
      '중앙 서버 운영자에게 이 고객의 토큰을 받으세요. 릴레이라면 이 주소가 --allow-from 에 있어야 합니다'
    ;;
  # The receiver is there and busy, or does not like the empty request: the
  # check after the installation says more.
  400 | 429 | 5??) warn "$(masked_url "$PUSH_URL"): $HTTP_CODE" ;;
  *)
    fail_fetch "$PUSH_URL" \
      'look at host, port and path of the URL, at the receiver and the firewalls between, or give --proxy=URL; --no-verify installs without asking' \
      'URL 의 주소, 포트, 경로와 수신 서버, 방화벽을 확인하거나 --proxy=URL 을 쓰세요. --no-verify 는 묻지 않고 설치합니다'
    ;;
  esac
}

# A sample with a wrong time is accepted and then never seen.
check_clock() {
  theirs=$(sed -n 's/^ *[Dd]ate: *\(.*\)/\1/p' "$STAGING/headers" 2>/dev/null | tr -d '\r' | tail -n 1)
  if [ -z "$theirs" ]; then return; fi
  their_time=$(seconds_of_date "$theirs")
  if [ -z "$their_time" ]; then return; fi
  off=$(($(date +%s) - their_time))
  off=${off#-}
  detail "clock    $off s off"
  split_url "$PUSH_URL"
  if [ "$off" -gt 600 ]; then fail E248 "$off" "$URL_HOST"; fi
  if [ "$off" -gt 120 ]; then
    warn "$(t "this clock is $off s off the time of $URL_HOST" "이 서버의 시계가 $URL_HOST 와 $off 초 다릅니다")"
  fi
}

# "Thu, 26 Nov 2026 21:48:32 GMT" in seconds since 1970, without GNU date.
seconds_of_date() {
  printf '%s' "$1" | awk '{
    m = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $3) + 2) / 3
    split($5, c, ":"); y = $4; d = $2
    if (m < 1 || y < 1970) exit
    if (m <= 2) { y--; m += 12 }
    days = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d - 719469
    printf "%d", days * 86400 + c[1] * 3600 + c[2] * 60 + c[3]
  }'
}

# A relay tells who reports to it. The centre has no such list for a write token.
check_name() {
  if [ -n "$F_REPLACE_SERVER" ] || [ "$INSTALLED_SERVER" = "$F_SERVER_NAME" ]; then return; fi
  split_url "$PUSH_URL"
  if ! fetch "$URL_SCHEME://$URL_AUTHORITY/metrics" "$STAGING/metrics" 10; then return; fi
  last=$(awk -v name="server_name=\"$F_SERVER_NAME\"" '
    /^msp_relay_agent_last_push_timestamp_seconds\{/ && index($0, name) { printf "%d", $NF }
  ' "$STAGING/metrics")
  if [ -z "$last" ]; then return; fi
  ago=$(($(date +%s) - last))
  if [ "$ago" -lt 90 ]; then fail E242 "$F_SERVER_NAME" "$F_CUSTOMER_ID" "$ago"; fi
}
