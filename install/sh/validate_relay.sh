#!/bin/sh
# The rules on the flags that only a relay has.
# shellcheck disable=SC2034 # other parts use these variables

check_relay_flags() {
  if [ "$F_MODE" != relay-server ]; then
    for flag in listen allow-from spool spool-max relay-checksum; do
      eval "value=\$F_$(variable_of "$flag")"
      if [ -n "$value" ]; then usage_error E153 "$flag" "$F_MODE"; fi
    done
    return
  fi
  relay_defaults
  check_listen
  check_allow_from
  check_spool
  if [ -n "$F_SPOOL_MAX" ]; then check_spool_max; fi
}

listen_error() {
  usage_error E150 "$(shown "$F_LISTEN")" "$1" "$2"
}

check_listen() {
  listen_host=${F_LISTEN%:*}
  case $F_LISTEN in
  *:*) ;;
  *) listen_error 'has no port' '포트가 없습니다' && return ;;
  esac
  if ! is_port "$LISTEN_PORT"; then
    listen_error 'has a port that is not 1 to 65535' '포트가 1~65535 가 아닙니다'
  elif [ "$LISTEN_PORT" -lt 1024 ]; then
    listen_error 'has a port below 1024, which only root may open' '1024 미만 포트는 root 만 열 수 있습니다'
  else
    case $listen_host in
    '' | 0.0.0.0 | '[::]' | 127.*) ;;
    *)
      if ! own_addresses | grep -qxF "$(printf '%s' "$listen_host" | tr -d '[]')"; then
        listen_error 'names an address that this machine does not have' '이 서버에 없는 주소입니다'
      fi
      ;;
    esac
  fi
}

check_allow_from() {
  case $F_ALLOW_FROM in
  *[!0-9a-fA-F.:/,]* | *,,* | ,* | *,)
    usage_error E154 "$(shown "$F_ALLOW_FROM")" && return
    ;;
  esac
  for block in $(printf '%s' "$F_ALLOW_FROM" | tr ',' ' '); do
    if ! is_address_block "$block"; then usage_error E154 "$block"; fi
  done
}

# ADDRESS or ADDRESS/BITS. Of IPv6 only what tells it from a slip of the finger.
is_address_block() {
  printf '%s\n' "$1" | awk -F/ '{
    bits = NF == 1 ? 0 : $2
    if (NF > 2 || bits !~ /^[0-9]+$/ || bits + 0 > 128) exit 1
    if (split($1, groups, ":") > 2) exit
    if (split($1, bytes, ".") != 4 || bits + 0 > 32) exit 1
    for (i = 1; i <= 4; i++) if (bytes[i] !~ /^[0-9]+$/ || bytes[i] + 0 > 255) exit 1
  }'
}

spool_error() {
  usage_error E151 "$(shown "$F_SPOOL")" "$1" "$2" "${3:-for example /var/lib/msp}" "${4:-예: /var/lib/msp}"
}

check_spool() {
  case $F_SPOOL in
  *[!A-Za-z0-9._/@%+,=-]*) spool_error 'holds a character that a path here may not hold' \
    '경로에 쓸 수 없는 글자가 있습니다' ;;
  / | /*/../* | */..) spool_error 'is no folder for a spool' '스풀 폴더가 될 수 없습니다' ;;
  /home | /home/* | /root | /root/*)
    spool_error 'is hidden from the service (ProtectHome)' '서비스에서 보이지 않습니다 (ProtectHome)' ;;
  /*)
    case $(file_system_type "$F_SPOOL") in
    tmpfs | ramfs | devtmpfs) spool_error 'is in memory: a reboot would lose it' \
      '메모리에 있어 재부팅하면 사라집니다' ;;
    *) check_spool_folder ;;
    esac
    ;;
  *) spool_error 'is a relative path' '상대 경로입니다' ;;
  esac
}

# The longest existing part of a path.
existing_part() {
  part=$1
  while [ ! -e "$part" ] && [ "$part" != / ]; do part=$(dirname "$part"); done
  printf '%s' "$part"
}

mount_point_of() {
  df -P "$(existing_part "$1")" 2>/dev/null | awk 'NR == 2 { print $6 }'
}

file_system_type() {
  awk -v at="$(mount_point_of "$1")" '$2 == at { type = $3 } END { print type }' /proc/mounts
}

free_mb() {
  df -Pk "$(existing_part "$1")" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }'
}

spool_max_error() {
  usage_error E152 "$(shown "$F_SPOOL_MAX")" "$1" "$2"
}

check_spool_max() {
  amount=${F_SPOOL_MAX%[MG]iB}
  case $F_SPOOL_MAX in
  *MiB) SPOOL_MB=$amount ;;
  *GiB) SPOOL_MB=$amount ;;
  *) spool_max_error 'has no unit: MiB or GiB' '단위가 없습니다: MiB 또는 GiB' && return ;;
  esac
  case $amount in
  '' | *[!0-9]* | ????????*) spool_max_error 'is not a size' '크기가 아닙니다' && return ;;
  esac
  case $F_SPOOL_MAX in
  *GiB) SPOOL_MB=$((amount * 1024)) ;;
  esac
  if [ "$SPOOL_MB" -lt 64 ]; then
    spool_max_error 'is below 64MiB' '64MiB 보다 작습니다'
  elif ! { is_in_force MSP_SPOOL "$F_SPOOL" && is_in_force MSP_SPOOL_MAX "$F_SPOOL_MAX"; }; then
    check_spool_room
  fi
}

# Whether the relay runs with this setting: it was judged when it was given, and
# what has changed since is most likely the relay's own backlog.
is_in_force() {
  [ "$2" = "$(env_file_value "$RELAY_ENV" "$1")" ]
}

# What waits in the spool already takes none of what is free.
check_spool_room() {
  free=$(free_mb "$F_SPOOL")
  used=$(du -sk "$F_SPOOL" 2>/dev/null | awk '{ print int($1 / 1024) }')
  if [ -n "$free" ] && [ "$SPOOL_MB" -gt $((free + ${used:-0})) ]; then
    spool_max_error "is more than the $free MB that are free" "남은 공간 $free MB 보다 큽니다"
  fi
}

# One that is there already is the relay's, or empty, and then it becomes its own.
check_spool_folder() {
  if [ "$F_SPOOL" = /var/lib/msp ] || [ ! -e "$F_SPOOL" ] || is_in_force MSP_SPOOL "$F_SPOOL" ||
    belongs_to msp-relay "$F_SPOOL"; then
    return
  fi
  if [ ! -d "$F_SPOOL" ]; then
    spool_error 'is no folder' '폴더가 아닙니다'
  elif ! is_empty_folder "$F_SPOOL"; then
    owner_fix='give an empty folder' owner_fix_ko='빈 폴더를 주세요'
    if id msp-relay >/dev/null 2>&1; then
      owner_fix="chown -R msp-relay:msp-relay $F_SPOOL, or give an empty folder"
      owner_fix_ko="chown -R msp-relay:msp-relay $F_SPOOL 을 실행하거나 빈 폴더를 주세요"
    fi
    spool_error 'holds files and is not of user msp-relay' \
      '파일이 있고 소유자가 msp-relay 가 아닙니다' "$owner_fix" "$owner_fix_ko"
  fi
}

belongs_to() {
  [ -n "$(find "$2" -prune -user "$1" 2>/dev/null)" ]
}

# A disk of its own has lost+found.
is_empty_folder() {
  [ -z "$(find "$1" ! -path "$1" -prune ! -name 'lost+found' 2>/dev/null)" ]
}

# 2 GiB, but at most half of what is free.
choose_spool_max() {
  free=$(free_mb "$F_SPOOL")
  SPOOL_MB=2048
  if [ -n "$free" ] && [ $((free / 2)) -lt 2048 ]; then SPOOL_MB=$((free / 2)); fi
  F_SPOOL_MAX=${SPOOL_MB}MiB
  if [ "$SPOOL_MB" = 2048 ]; then F_SPOOL_MAX=2GiB; fi
}
