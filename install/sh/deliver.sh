#!/bin/sh
# Proof that data arrive: msp-agent check, as the service's user and with its
# settings, sends one sample and asks for its receipt.
# shellcheck disable=SC2034 # other parts use these variables

# Sets DELIVERY (stored, forwarded, spooled) and SERIES, or WHY and WHY_FIX.
check_delivery() {
  STEP='check the delivery'
  say "$(t 'Waiting for the receipt of a first sample (up to 45 s)' '첫 표본의 수신 확인을 기다립니다 (최대 45초)')"
  began=$(date +%s)
  check_exit=0
  # Longer than the check itself takes, so that it is the one to say what is wrong.
  run_as_service msp-agent 90 "$BIN/msp-agent" check --wait=45s --json \
    >"$STAGING/check.json" 2>"$STAGING/check.err" || check_exit=$?
  # Quotes inside texts would end them early below.
  check_json=$(sed "s/\\\\\"/'/g" "$STAGING/check.json" | tail -n 1)
  log_line "check: $check_exit $check_json"
  DELIVERY=$(printf '%s' "$check_json" | sed -n 's/.*"delivery":"\([a-z]*\)".*/\1/p')
  SERIES=$(printf '%s' "$check_json" | sed -n 's/.*"detail":"\([0-9]*\) series.*/\1/p')
  TOOK=$(($(date +%s) - began))
  if [ "$check_exit" = 0 ] && [ -n "$DELIVERY" ]; then return 0; fi
  DELIVERY=none
  failed_layer=$(printf '%s' "$check_json" | sed -n 's/.*{\("layer":"[^{}]*"ok":false[^{}]*\)}.*/\1/p')
  WHY=$(printf '%s' "$failed_layer" | sed -n 's/.*"detail":"\([^"]*\)".*/\1/p')
  WHY_FIX=$(printf '%s' "$failed_layer" | sed -n 's/.*"hint":"\([^"]*\)".*/\1/p')
  if [ -z "$WHY" ]; then
    WHY="$(exit_reason "$check_exit"); $(tail -n 1 "$STAGING/check.err" "$STAGING/check.json" 2>/dev/null | tail -n 1)"
  fi
  WHY_FIX=${WHY_FIX:-journalctl -u msp-agent -n 50}
  translate_check "$check_exit"
  return 1
}

# Like run_as, and with the service's settings only: the programs prefer variables
# to their env file, and those of the person who installs are not the service's.
run_as_service() (
  for name in $(env | sed -n 's/^\(MSP_[A-Z_]*\)=.*/\1/p') CUSTOMER_ID SERVER_NAME CSP \
    REGION ENVIRONMENT REMOTE_WRITE_URL RELAY_URL HTTPS_PROXY HTTP_PROXY ALL_PROXY NO_PROXY \
    https_proxy http_proxy all_proxy no_proxy; do
    unset "$name"
  done
  run_as "$@"
)

# A relay without its agent: it is up, and its own check reaches the centre.
check_relay_only() {
  STEP='check the relay'
  DELIVERY=forwarding
  check_exit=0
  run_as_service msp-relay 60 "$BIN/msp-relay" check >"$STAGING/check.txt" 2>&1 || check_exit=$?
  if [ "$check_exit" = 0 ]; then return 0; fi
  DELIVERY=none
  WHY=$(grep '^FAIL' "$STAGING/check.txt" | tail -n 1)
  WHY=${WHY:-$(tail -n 1 "$STAGING/check.txt")}
  WHY_FIX=$(sed -n 's/^ *hint: //p' "$STAGING/check.txt" | tail -n 1)
  WHY_FIX=${WHY_FIX:-journalctl -u msp-relay -n 50}
  translate_check "$check_exit"
  return 1
}

# Loopback says nothing about the address that the inner servers use.
check_inner_addresses() {
  if [ -z "$FETCH" ]; then return; fi
  for address in $(inner_addresses); do
    if ! fetch_direct "http://$address:$LISTEN_PORT/-/ready" "$STAGING/answer" 5; then
      warn "$(t "the relay does not answer at http://$address:$LISTEN_PORT: ${FETCH_WORDS:-}" \
        "릴레이가 http://$address:$LISTEN_PORT 에서 답하지 않습니다: ${FETCH_WORDS:-}")"
    fi
  done
}

# IPv4 addresses of private networks, without those of local container bridges.
inner_addresses() {
  case ${F_LISTEN%:*} in
  '' | 0.0.0.0 | '[::]') ;;
  127.*) return ;;
  *) printf '%s\n' "${F_LISTEN%:*}" && return ;;
  esac
  for address in $(own_addresses); do
    case $address in
    *:* | 172.17.0.1) ;;
    *) if is_private_host "$address"; then echo "$address"; fi ;;
    esac
  done
}
