#!/bin/sh
# What the installer says: two languages, a log, errors with their fix, and the
# one last line that a machine reads.
# shellcheck disable=SC2034 # other parts use these variables

# Picks one of two texts: English, Korean.
t() {
  if [ "$UI_LANG" = ko ]; then printf '%s' "$2"; else printf '%s' "$1"; fi
}

# One line to stderr and to the log.
line() {
  printf '%s\n' "$1" >&2
  log_line "$1"
}

# A line that --quiet leaves out.
say() {
  if [ -n "$F_QUIET" ]; then log_line "$1"; else line "$1"; fi
}

# A line that only --verbose shows; the log has it anyway.
detail() {
  if [ -n "$F_VERBOSE" ]; then line "$1"; else log_line "$1"; fi
}

warn() {
  line "$(t warning 주의): $1"
}

# Before the first change there is no log file: the text waits in memory.
log_line() {
  if [ -n "$LOG_OPEN" ]; then
    printf '%s\n' "$1" >>"$LOG_FILE" || LOG_OPEN=
  else
    LOG_TEXT="$LOG_TEXT$1
"
  fi
}

open_log() {
  if [ -n "$F_DRY_RUN" ]; then return; fi
  if (umask 077 && printf '%s' "$LOG_TEXT" >>"$LOG_FILE") 2>/dev/null; then
    LOG_OPEN=1
  else
    warn "$(t "no log: $LOG_FILE cannot be written" "$LOG_FILE 에 로그를 쓸 수 없습니다")"
  fi
}

# A value as an error may repeat it: control characters as \xNN.
shown() {
  case $1 in
  *[[:cntrl:]]*)
    printf '%s' "$1" | od -An -v -tu1 | awk '{
      for (i = 1; i <= NF; i++)
        if ($i < 32 || $i == 127) printf "\\x%02x", $i; else printf "%c", $i
    }'
    ;;
  *) printf '%s' "$1" ;;
  esac
}

# A URL, also one without a scheme, without the name and password in it.
masked_url() {
  printf '%s' "$1" | sed -e 's|^\([a-zA-Z]*://\).*@|\1|' -e t -e 's|^.*@||'
}

# A value of the flag or variable $1, as an error may repeat it.
shown_value() {
  case $1 in
  *token | *TOKEN) printf '***' ;;
  *) shown "$(masked_url "$2")" ;;
  esac
}

# Prints one error: what is wrong, what to do, its id and exit code.
print_error() {
  message "$@"
  EXIT_CODE=$(exit_code_of "$1")
  line "$(t error 오류): $WHAT"
  line "  $(t fix 조치): $FIX"
  line "  ($1, exit $EXIT_CODE)"
}

# Usage errors are collected, so that one run names them all.
usage_error() {
  print_error "$@"
  if [ -z "$USAGE_ID" ]; then USAGE_ID=$1; fi
}

stop_on_usage_errors() {
  if [ -n "$USAGE_ID" ]; then finish_failed 2 "$USAGE_ID"; fi
}

# Prints the error and ends the script.
fail() {
  print_error "$@"
  finish_failed "$EXIT_CODE" "$1"
}

finish_failed() {
  FINISHED=1
  undo_if_fresh
  last_line "FAILED code=$1 id=$2"
  exit "$1"
}

finish_ok() {
  FINISHED=1
  last_line "OK $1"
  exit 0
}

# Its absence means that the script did not run: the guide says so.
last_line() {
  printf 'MSP-INSTALL: %s\n' "$1"
  log_line "MSP-INSTALL: $1"
}

exit_code_of() {
  case $1 in
  E1*) echo 2 ;;
  E201 | E207) echo 3 ;;
  E20*) echo 4 ;;
  E210 | E211) echo 5 ;;
  E220 | E223) echo 6 ;;
  E221 | E222) echo 7 ;;
  E23*) echo 8 ;;
  E24*) echo 9 ;;
  E301) echo 10 ;;
  E302) echo 11 ;;
  E303) echo 12 ;;
  E304) echo 13 ;;
  E305) echo 14 ;;
  *) echo 1 ;;
  esac
}

# One change of the host: its description, then the command. --dry-run only
# prints. A command that fails ends the installation.
change() {
  change_text=$1
  shift
  if [ -n "$F_DRY_RUN" ]; then
    line "  $(t 'would' '예정'): $change_text"
    return
  fi
  detail "  $change_text"
  if ! "$@"; then fail E232 "$change_text"; fi
}
