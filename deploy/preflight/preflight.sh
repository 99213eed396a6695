#!/bin/sh
# Refuses to let the stack start with what would hurt later: default passwords,
# open secrets, a full disk. One line a finding, in English and Korean.
set -eu

: "${SECRETS:=/secrets}" "${DATA:=/data}" "${MIN_FREE_GB:=10}"
: "${PUBLIC_URL:=}" "${TLS_MODE:=off}" "${VM_RETENTION:=400d}"

NEEDED="grafana_admin_password nginx_htpasswd vm_delete_key vm_snapshot_key
readers/msp customers.json vmauth/auth.yml"
# Of these each is one text of its own, which nobody may guess.
UNIQUE="grafana_admin_password vm_delete_key vm_snapshot_key readers/msp"
MIN_CHARS=16
findings=0

finding() {
  findings=$((findings + 1))
  printf 'preflight: %s\n           %s\n' "$1" "$2"
}

check_secret() {
  file=$SECRETS/$1
  if [ ! -s "$file" ]; then
    finding "secrets/$1 is missing or empty: run mspctl init" \
      "secrets/$1 이 없거나 비었습니다: mspctl init 을 실행하세요"
  elif [ ! -r "$file" ]; then
    finding "secrets/$1 cannot be read: MSP_UID must own it" \
      "secrets/$1 을 읽을 수 없습니다: MSP_UID 소유여야 합니다"
  elif [ -n "$(find "$file" -perm -004)" ]; then
    finding "secrets/$1 can be read by everybody: chmod 600" \
      "secrets/$1 을 누구나 읽을 수 있습니다: chmod 600"
  fi
}

check_strength() {
  file=$SECRETS/$1
  [ -r "$file" ] || return 0
  value=$(tr -d ' \t\r\n' <"$file" | tr '[:upper:]' '[:lower:]')
  case $value in
  changeme* | change-this* | change-me* | password* | admin* | secret* | your-*)
    finding "secrets/$1 is a default password: put a random one" \
      "secrets/$1 이 기본 비밀번호입니다: 임의의 값으로 바꾸세요"
    return 0
    ;;
  esac
  if [ "${#value}" -lt $MIN_CHARS ]; then
    finding "secrets/$1 has ${#value} characters: put at least $MIN_CHARS" \
      "secrets/$1 은 ${#value}자입니다: ${MIN_CHARS}자 이상이어야 합니다"
  fi
}

check_equal() {
  for one in $UNIQUE; do
    for other in $UNIQUE; do
      # Each pair once.
      [ "$one" != "$other" ] || break
      if [ -s "$SECRETS/$one" ] && cmp -s "$SECRETS/$one" "$SECRETS/$other"; then
        finding "secrets/$one and secrets/$other are equal" \
          "secrets/$one 과 secrets/$other 이 같습니다"
      fi
    done
  done
}

check_address() {
  case $TLS_MODE,$PUBLIC_URL in
  off,https://*)
    finding "PUBLIC_URL is https and TLS_MODE is off" \
      "PUBLIC_URL 은 https 인데 TLS_MODE 가 off 입니다"
    ;;
  off,http://* | *,https://*) ;;
  *)
    finding "PUBLIC_URL '$PUBLIC_URL' does not fit TLS_MODE '$TLS_MODE'" \
      "PUBLIC_URL '$PUBLIC_URL' 이 TLS_MODE '$TLS_MODE' 와 맞지 않습니다"
    ;;
  esac
  if [ "$TLS_MODE" != off ]; then
    for name in server.pem server.key; do check_secret "tls/$name"; done
  fi
}

check_retention() {
  days=${VM_RETENTION%d}
  case $days in
  *[!0-9]* | '') return 0 ;;
  esac
  if [ "$days" -lt 35 ]; then
    finding "VM_RETENTION is $VM_RETENTION: a month's availability needs 35d" \
      "VM_RETENTION 이 $VM_RETENTION 입니다: 월 가용률에는 35d 이상이 필요합니다"
  fi
}

check_disk() {
  free_kb=$(df -Pk "$DATA" | awk 'NR == 2 { print $4 }')
  if [ "$free_kb" -lt $((MIN_FREE_GB * 1000 * 1000)) ]; then
    finding "data has $((free_kb / 1000 / 1000)) GB free, less than MIN_FREE_GB=$MIN_FREE_GB" \
      "data 의 남은 공간이 $((free_kb / 1000 / 1000)) GB 로 MIN_FREE_GB=$MIN_FREE_GB 보다 적습니다"
  fi
}

# Nothing that only alerts keeps the stack from starting.
warning() {
  printf 'preflight: warning: %s\n                    %s\n' "$1" "$2" >&2
}

check_alerts() {
  file=$DATA/config/alertmanager/alertmanager.yml
  if [ ! -s "$file" ]; then
    warning "Alertmanager has no configuration: run mspctl apply" \
      "Alertmanager 설정이 없습니다: mspctl apply 를 실행하세요"
  elif grep -q '^# nobody of the provider is told' "$file"; then
    warning "nobody of us is told of alerts: set on_call in config/msp.yml, run mspctl apply" \
      "알림을 받을 담당자가 없습니다: config/msp.yml 의 on_call 을 정하고 mspctl apply 를 실행하세요"
  fi
}

main() {
  for name in $NEEDED; do check_secret "$name"; done
  for name in $UNIQUE; do check_strength "$name"; done
  check_equal
  check_address
  check_retention
  check_disk
  check_alerts
  if [ "$findings" -gt 0 ]; then
    printf 'preflight: not started, findings: %s / 시작하지 않았습니다\n' "$findings"
    exit 1
  fi
  echo "preflight: ok"
}

main "$@"
