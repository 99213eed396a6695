#!/bin/sh
# The lock against a second run, the staging folder, and what happens when the
# script ends early.
# shellcheck disable=SC2034 # other parts use these variables

set_traps() {
  trap 'on_exit $?' 0
  trap 'on_signal 130' INT
  trap 'on_signal 143' TERM
  trap 'on_signal 129' HUP
}

on_signal() {
  set +e
  trap '' INT TERM HUP
  if [ -n "$CHILD" ]; then kill "$CHILD" 2>/dev/null || true; fi
  line "$(t "interrupted in step \"$STEP\"" "\"$STEP\" 단계에서 중단되었습니다")"
  finish_failed "$1" interrupted
}

on_exit() {
  # Cleaning up goes on whatever fails.
  set +e
  if [ -z "$FINISHED" ] && [ "$1" != 0 ]; then
    print_error E000 "$STEP"
    undo_if_fresh
    last_line 'FAILED code=1 id=E000'
  fi
  trap - 0
  remove_staging
  release_lock
  if [ -z "$FINISHED" ] && [ "$1" != 0 ]; then exit 1; fi
}

take_lock() {
  if [ -n "$F_DRY_RUN" ]; then return; fi
  STEP='take the lock'
  for attempt in 1 2; do
    if mkdir "$LOCK" 2>/dev/null; then
      HAS_LOCK=1
      echo $$ >"$LOCK/pid"
      return
    fi
    other=$(cat "$LOCK/pid" 2>/dev/null || echo '?')
    # A run that was killed leaves its lock behind.
    if [ "$other" != '?' ] && ! kill -0 "$other" 2>/dev/null; then rm -rf "$LOCK"; else break; fi
  done
  if [ -d "$LOCK" ]; then fail E246 "$other"; fi
  fail E232 "mkdir $LOCK"
}

release_lock() {
  if [ -n "$HAS_LOCK" ]; then rm -rf "$LOCK"; fi
  HAS_LOCK=
}

# Inside the target's file system and never in /tmp, which is often noexec and
# whose SELinux label would stay with the file. --dry-run has nothing to run.
make_staging() {
  STEP='make the staging folder'
  if [ -n "$F_DRY_RUN" ]; then
    STAGING=$(mktemp -d) || fail E232 'mktemp -d'
    return
  fi
  STAGING_PARENTS=
  parent=$LIBEXEC
  while [ ! -d "$parent" ]; do
    STAGING_PARENTS="$STAGING_PARENTS $parent"
    parent=$(dirname "$parent")
  done
  mkdir -p "$LIBEXEC" || fail E232 "mkdir $LIBEXEC"
  # Left by a run that was killed; the lock says that it is not in use.
  rm -rf "$LIBEXEC"/.staging.*
  STAGING=$LIBEXEC/.staging.$$
  mkdir -m 0755 "$STAGING" || fail E232 "mkdir $STAGING"
}

# Folders that were made for staging only go as well, if they are still empty.
remove_staging() {
  if [ -n "$STAGING" ]; then rm -rf "$STAGING"; fi
  STAGING=
  for folder in $STAGING_PARENTS; do
    rmdir "$folder" 2>/dev/null || true
  done
}

# A first installation that fails before a service was started leaves nothing.
undo_if_fresh() {
  if [ -z "$FRESH" ] || [ -z "$CHANGES_BEGUN" ] || [ -n "$SERVICE_STARTED" ]; then return; fi
  FRESH=
  line "$(t 'undoing what was installed so far' '설치한 것을 되돌립니다')"
  remove_recorded
}
