#!/bin/sh
# Brings the programs into staging, and believes nothing before it is verified:
# length, gzip, SHA-256, ELF, machine, and that it runs.
# shellcheck disable=SC2034 # other parts use these variables

# Sets NEW_PROGRAMS: those that are not installed yet, or not in the mirror.
find_new_programs() {
  for program in $PROGRAMS; do
    STEP="look for $program"
    expected=$(expected_sum "$program")
    if [ -z "$expected" ]; then
      fail E140 "$WANTED ($program, $ARCH)" "$(masked_url "$(folder_url "$WANTED")")" \
        "$(sums_list | released_versions | head -n 3 | tr '\n' ' ')"
    fi
    if has_program "$program" "$expected" && is_mirrored "$program" "$expected"; then
      detail "$program $WANTED $(t 'is installed and whole' '설치되어 있고 온전합니다')"
    else
      NEW_PROGRAMS="$NEW_PROGRAMS $program"
    fi
  done
}

# Puts them into staging, unpacked.
obtain_programs() {
  for program in $NEW_PROGRAMS; do
    STEP="download $program"
    obtain "$program" "$(expected_sum "$program")"
  done
}

# Whether exactly this file is installed: recorded with the same packed sum, and
# still the same bytes.
has_program() {
  installed=$LIBEXEC/$1-$WANTED
  [ -x "$installed" ] || return 1
  [ "$(recorded_field "$installed" gz)" = "$2" ] || return 1
  [ "$(recorded_field "$installed" sha256)" = "$(sha256_of "$installed")" ]
}

obtain() {
  packed=$STAGING/$1.gz
  file=$1-$WANTED-linux-$ARCH.gz
  if [ -n "$F_OFFLINE" ]; then
    from=$BUNDLE_DIR/$file
    cp "$from" "$packed" 2>/dev/null || fail E142 "$(shown "$F_OFFLINE")" \
      "does not hold $file" "$file 이(가) 없습니다" 'bring the whole bundle' '번들 전체를 가져오세요'
  else
    from=$(folder_url "$WANTED")/$file
    download "$from" "$packed"
  fi
  verify_packed "$packed" "$2" "$from"
  keep_for_mirror "$1" "$packed"
  unpack "$1" "$packed"
}

# Up to three times, each going on where the one before ended.
download() {
  say "$(t "Downloading" "내려받는 중") $(masked_url "$1")"
  rm -f "$2"
  for attempt in 1 2 3; do
    FETCH_BAR=1
    if fetch "$1" "$2"; then
      FETCH_BAR=
      say "  $(du -k "$2" | awk '{ print int($1 / 1024) }') MB"
      return
    fi
    FETCH_BAR=
    # 18: ended early, 28: too slow, 52, 56: connection lost. 33 and 416: the server
    # cannot go on in the middle.
    case $FETCH:$FETCH_EXIT:$HTTP_CODE in
    curl:33:* | *:416) rm -f "$2" ;;
    curl:23:*) fail E232 "$(t 'write' '쓰기') $2" ;;
    curl:18:* | curl:28:* | curl:52:* | curl:56:* | *wget:4:*) ;;
    *) fail_fetch "$1" ;;
    esac
    detail "$(t "interrupted, attempt $attempt of 3" "끊김, 3회 중 $attempt 회")"
    if [ "$attempt" -lt 3 ]; then sleep 1; fi
  done
  fail E223 "$(masked_url "$1")" "$(wc -c "$2" 2>/dev/null | awk '{ print $1 }')"
}

# $1 file, $2 sum, $3 where it came from.
verify_packed() {
  STEP="verify $3"
  magic=$(od -An -tx1 -N2 "$1" | tr -d ' ')
  if [ "$magic" != 1f8b ]; then
    # A page that a proxy put there is not a damaged program.
    fail E221 "$(masked_url "$3")" "$(head -c 12 "$1" | tr -cd ' -~')"
  fi
  actual=$(sha256_of "$1")
  if [ "$actual" != "$2" ]; then
    fail E222 "$(masked_url "$3")" "$2" "$actual" "$(wc -c <"$1" | tr -d ' ')"
  fi
}

unpack() {
  STEP="unpack $1"
  program_file=$STAGING/$1-$WANTED
  gzip -dc "$2" >"$program_file" || fail E232 "gzip -dc $2"
  rm -f "$2"
  chmod 0755 "$program_file"
  elf=$(od -An -tu1 -N20 "$program_file" | tr -s ' \n' ' ')
  # shellcheck disable=SC2086 # twenty numbers
  set -- "$1" $elf
  if [ "${2:-}:${3:-}:${4:-}:${5:-}" != 127:69:76:70 ]; then
    fail E222 "$1" 'ELF' "$(t 'another kind of file' '다른 종류의 파일')" ''
  fi
  # e_machine, the 19th and 20th byte. Source: elf(5).
  if [ "$((${20} + ${21} * 256))" != "$ELF_MACHINE" ]; then
    fail E222 "$1" "$ARCH" "$(t 'a program for another machine' '다른 기계용 프로그램')" ''
  fi
  check_runs "$1" "$program_file"
}

# As nobody: a program that cannot start must not get further.
check_runs() {
  STEP="try $1"
  run_exit=0
  run_words=$(run_as nobody 20 "$2" version 2>&1) || run_exit=$?
  if [ "$run_exit" != 0 ]; then
    why=$(exit_reason "$run_exit")
    fail E301 "$1" "\"$1 version\": $why: $(printf '%s' "$run_words" | tail -n 1)" \
      "\"$1 version\": $why: $(printf '%s' "$run_words" | tail -n 1)" \
      'tell the operator; nothing was changed' '운영자에게 알리세요. 바뀐 것은 없습니다'
  fi
  detail "$(printf '%s' "$run_words" | head -n 1)"
}

# Words for the exit codes that have a known cause.
exit_reason() {
  case $1 in
  203) t 'exit 203: SELinux, noexec, or a program for another machine' \
    '종료 코드 203: SELinux, noexec, 또는 다른 기계용 프로그램' ;;
  226) t 'exit 226: a sandbox directive of the unit cannot be applied here' \
    '종료 코드 226: 유닛의 격리 설정을 적용할 수 없음' ;;
  126) t 'exit 126: not allowed to run (noexec, SELinux)' '종료 코드 126: 실행할 수 없음 (noexec, SELinux)' ;;
  124) t 'exit 124: no answer in time' '종료 코드 124: 시간 안에 답이 없음' ;;
  4 | 132) t "exit $1: illegal instruction, the CPU is too old" "종료 코드 $1: CPU 가 너무 오래됨" ;;
  6 | 31 | 134 | 159) t "exit $1: a sandbox directive stops the runtime" "종료 코드 $1: 격리 설정이 실행을 막음" ;;
  9 | 137) t "exit $1: killed, most likely the memory limit" "종료 코드 $1: 강제 종료, 대개 메모리 한도" ;;
  10) t 'exit 10: its settings cannot be read' '종료 코드 10: 설정을 읽을 수 없음' ;;
  2) t 'exit 2: its settings are wrong' '종료 코드 2: 설정이 잘못됨' ;;
  *) t "exit $1" "종료 코드 $1" ;;
  esac
}

# Runs a command as another user, for at most so many seconds; without root as
# oneself. $1 user, $2 seconds, then the command, whose words hold no blanks.
run_as() {
  run_user=$1
  run_seconds=$2
  shift 2
  if command -v timeout >/dev/null 2>&1; then set -- timeout "$run_seconds" "$@"; fi
  if [ "$(id -u)" != 0 ]; then
    "$@"
  elif command -v runuser >/dev/null 2>&1; then
    runuser -u "$run_user" -- "$@"
  else
    su -s /bin/sh "$run_user" -c "$*"
  fi
}
