#!/bin/sh
# Writing files: beside and renamed, only when they differ, recorded before.
# shellcheck disable=SC2034 # other parts use these variables

# Runs a command and keeps what it prints for put_file.
stage_content() {
  (umask 077 && "$@" >"$STAGING/content") 2>/dev/null || fail E232 "$(t 'write' '쓰기') $STAGING"
}

# put_file PATH MODE OWNER: what was staged becomes the file. Sets CHANGED when
# it differs from what is there; an equal file keeps its time.
put_file() {
  put_path=$1 put_mode=$2 put_owner=$3
  put_new=$put_path.msp-new
  if [ -f "$put_path" ] && same_settings "$put_path" "$STAGING/content"; then return; fi
  CHANGED="$CHANGED $put_path"
  if [ -n "$F_DRY_RUN" ]; then
    line "  $(t 'would' '예정'): $(t 'write' '쓰기') $put_path ($put_mode $put_owner)"
    return
  fi
  record file "$put_path"
  note_restart
  keep_for_rollback
  keep_old_settings
  if ! (umask 077 && cat "$STAGING/content" >"$put_new") 2>/dev/null ||
    ! chown "$put_owner" "$put_new" || ! chmod "$put_mode" "$put_new" ||
    ! sync_file "$put_new" || ! mv -f "$put_new" "$put_path"; then
    rm -f "$put_new"
    fail E232 "$(t 'write' '쓰기') $put_path"
  fi
  restore_label "$put_path"
  detail "  $(t 'write' '쓰기') $put_path"
}

# Before the change: a run that is killed must not leave a service with settings
# that the next run takes for those in force.
note_restart() {
  if [ -n "$PLACING" ] && ! recorded restart | grep -qx "$PLACING"; then record restart "$PLACING"; fi
}

# An upgrade that fails puts back what it replaced.
keep_for_rollback() {
  if [ ! -f "$put_path" ]; then return; fi
  if ! mkdir -p "$STAGING/old$(dirname "$put_path")" || ! cp -p "$put_path" "$STAGING/old$put_path"; then
    fail E232 "cp $put_path"
  fi
}

# Settings that a person may have edited are kept beside as .bak.
keep_old_settings() {
  case $put_path in
  *.env)
    if [ -f "$put_path" ]; then
      record file "$put_path.bak"
      cp -p "$put_path" "$put_path.bak" || fail E232 "cp $put_path"
    fi
    ;;
  esac
}

# Whether two files say the same; the first line of an env file holds the time.
same_settings() {
  case $1 in
  *.env)
    sed 1d "$1" >"$STAGING/old.env"
    sed 1d "$2" >"$STAGING/new.env"
    cmp -s "$STAGING/old.env" "$STAGING/new.env"
    ;;
  *) cmp -s "$1" "$2" ;;
  esac
}

# Old sync knows no file names, and then syncs all.
sync_file() {
  sync "$1" 2>/dev/null || sync
}

restore_label() {
  if [ "$SELINUX" != none ] && command -v restorecon >/dev/null 2>&1; then
    restorecon -F "$1" 2>/dev/null || true
  fi
}

# put_folder PATH MODE OWNER: makes it if it is missing; then it is ours.
put_folder() {
  if [ -d "$1" ]; then return; fi
  if [ -n "$F_DRY_RUN" ]; then
    change "mkdir $1 ($2 $3)" true
    return
  fi
  record folder "$1"
  change "mkdir $1" mkdir "$1"
  change "chown $3 $1" chown "$3" "$1"
  change "chmod $2 $1" chmod "$2" "$1"
}

# A system account without home and shell for each program.
put_user() {
  if id "$1" >/dev/null 2>&1; then return; fi
  nologin=/usr/sbin/nologin
  for shell in /sbin/nologin /bin/false; do
    if [ ! -x "$nologin" ] && [ -x "$shell" ]; then nologin=$shell; fi
  done
  record user "$1"
  if command -v useradd >/dev/null 2>&1; then
    group=-U
    if grep -q "^$1:" /etc/group; then group="-g$1"; fi
    change "useradd $1" useradd -r "$group" -M -d /nonexistent -s "$nologin" "$1"
  else
    change "adduser $1" adduser -S -D -H -h /nonexistent -s "$nologin" "$1"
  fi
}

# Moves a program out of staging and makes it the one that runs.
put_program() {
  target=$LIBEXEC/$1-$WANTED
  put_folder_chain "$LIBEXEC"
  put_folder_chain "$BIN"
  if is_listed "$1" "$NEW_PROGRAMS"; then
    if [ -n "$F_DRY_RUN" ]; then
      change "install $target" true
    else
      record file "$target" gz "$(expected_sum "$1")" sha256 "$(sha256_of "$STAGING/$1-$WANTED")"
      # On disk before it has its name: a power cut must not leave half of it.
      change "install $target" sync_file "$STAGING/$1-$WANTED"
      change "mv $target" mv -f "$STAGING/$1-$WANTED" "$target"
      restore_label "$target"
    fi
  fi
  switch_program "$1" "$target"
}

put_folder_chain() {
  if [ -d "$1" ] && ! is_listed "$1" "$STAGING_PARENTS"; then return; fi
  put_folder_chain "$(dirname "$1")"
  # make_staging has made it already, but not for good.
  record folder "$1"
  if [ ! -d "$1" ]; then change "mkdir $1" mkdir -m 0755 "$1"; fi
}

# The link is renamed into place, so that there is a whole program at any moment.
switch_program() {
  link=$BIN/$1
  if [ "$(readlink "$link" 2>/dev/null)" = "$2" ]; then return; fi
  CHANGED="$CHANGED $link"
  note_restart
  if [ -z "$F_DRY_RUN" ]; then record link "$link"; fi
  change "ln -s $2 $link" ln -sf "$2" "$link.msp-new"
  change "mv $link" mv -f "$link.msp-new" "$link"
}

# Two versions are kept: the one that runs and the one before.
drop_old_versions() {
  if [ -n "$F_DRY_RUN" ]; then return; fi
  for program in $PROGRAMS; do
    for file in "$LIBEXEC/$program"-*; do
      case $file in
      "$LIBEXEC/$program-$WANTED" | "$(previous_of "$program")" | *'*') ;;
      *)
        rm -f "$file"
        forget file "$file"
        ;;
      esac
    done
  done
}
