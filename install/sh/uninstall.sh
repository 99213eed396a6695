#!/bin/sh
# Takes away exactly what the records list, also when they are gone or a program
# is broken; with purge also settings, unsent data and the users.
# shellcheck disable=SC2034 # other parts use these variables

uninstall_action() {
  STEP='uninstall'
  if [ "$(id -u)" != 0 ] && [ -z "$F_DRY_RUN" ]; then fail E201; fi
  refuse_unreadable
  read_installed
  if ! is_anything_here; then
    say "$(t 'not installed' '설치되어 있지 않습니다')"
    finish_ok uninstalled
  fi
  if [ -n "$F_PURGE" ]; then confirm_purge; fi
  take_lock
  remove_all "${F_PURGE:+purge}"
  if [ -n "$F_DRY_RUN" ]; then finish_ok 'uninstalled dry-run'; fi
  left=$(find_leftovers)
  if [ -n "$left" ]; then fail E305 "$left"; fi
  say_kept
  finish_ok uninstalled
}

# Programs, links and units; with purge also what an uninstallation keeps.
is_anything_here() {
  for path in $(program_paths) ${F_PURGE:+$(kept_paths)}; do
    if [ -e "$path" ] || [ -L "$path" ]; then return 0; fi
  done
  [ -n "$F_PURGE" ] && { id msp-agent >/dev/null 2>&1 || id msp-relay >/dev/null 2>&1; }
}

# Everywhere an installation of any version puts programs.
program_paths() {
  for service in msp-agent msp-relay; do
    printf '%s\n' "/usr/local/bin/$service" "/opt/msp/bin/$service" \
      "$UNIT_DIR/$service.service" "$UNIT_DIR/$service.service.d/10-spool.conf" \
      "$UNIT_DIR/$service.service.d/50-container.conf"
  done
  # Not /opt/msp itself: something else may have been put there, such as central.
  printf '%s\n' /usr/local/libexec/msp "$MIRROR" /opt/msp/libexec "$LOG_FILE"
}

kept_paths() {
  printf '%s\n' "$AGENT_ETC" "$RELAY_ETC" /var/lib/msp-agent /var/lib/msp
  spool=$(env_file_value "$RELAY_ENV" MSP_SPOOL)
  if [ -n "$spool" ] && recorded folder | grep -qxF "$spool"; then printf '%s\n' "$spool"; fi
}

# Opening the terminal is the only proof that there is one.
confirm_purge() {
  if [ -n "$F_YES" ] || [ -n "$F_DRY_RUN" ]; then return; fi
  if ! (: </dev/tty) 2>/dev/null; then fail E249; fi
  printf '%s' "$(t 'Delete settings and unsent data too? [y/N] ' '설정과 보내지 않은 데이터도 지울까요? [y/N] ')" >/dev/tty
  read -r answer </dev/tty || answer=
  case $answer in
  y | Y | yes) ;;
  *) finish_failed 130 declined ;;
  esac
}

# Goes on whatever fails: what is left is listed at the end.
remove_all() {
  kept=$(kept_paths)
  # The last first; the records themselves lie in one of them.
  ours=$(recorded folder | sed '1!G;h;$!d')
  for service in msp-agent msp-relay; do
    stop_service "$service"
  done
  remove_rules
  for path in $(program_paths); do
    remove_path "$path"
  done
  if [ "${1:-}" = purge ]; then
    return_lent
    for path in $kept; do
      if [ "$path" != "$AGENT_ETC" ]; then remove_path "$path"; fi
    done
    remove_users
    remove_path "$AGENT_ETC"
  fi
  remove_folders
  drop 'systemctl daemon-reload' systemctl daemon-reload
}

# Undoes an installation that did not come to its end: nothing but what it made,
# and the log stays to tell why.
remove_recorded() {
  ours=$(recorded folder | sed '1!G;h;$!d')
  for service in $(recorded unit); do
    stop_service "$service"
  done
  remove_rules
  return_lent
  for path in $(recorded link) $(recorded file); do
    remove_path "$path"
  done
  for user in $(recorded user); do
    remove_user "$user"
  done
  if is_listed "$AGENT_ETC" "$ours"; then rm -f "$STATE" "$STATE.new"; fi
  remove_folders
  drop 'systemctl daemon-reload' systemctl daemon-reload
}

remove_rules() {
  recorded rule | while read -r rule; do
    close_rule "$rule"
  done
}

# A spool in a folder that was there before: without what is the relay's, and its
# owner's again. Others may have come to use a disk that was empty once.
return_lent() {
  for folder in $(recorded lent); do
    for path in "$folder"/* "$folder"/.[!.]*; do
      if belongs_to msp-relay "$path"; then remove_path "$path"; fi
    done
    owner=$(recorded_field "$folder" owner)
    drop "chown $owner $folder" chown "$owner" "$folder"
    forget lent "$folder"
  done
}

stop_service() {
  if [ -e "$UNIT_DIR/$1.service" ]; then
    drop "systemctl disable --now $1" systemctl disable --now --quiet "$1"
    drop "rm $1.service" rm -f "$UNIT_DIR/$1.service"
  fi
  if [ -z "$F_DRY_RUN" ]; then systemctl reset-failed "$1" 2>/dev/null || true; fi
  forget unit "$1"
  forget file "$UNIT_DIR/$1.service"
}

# For a change of mode: one program goes, the other stays.
remove_service() {
  stop_service "$1"
  remove_path "$BIN/$1"
  for file in "$LIBEXEC/$1"-*; do
    remove_path "$file"
  done
}

# A removal that may fail without ending the rest.
drop() {
  drop_text=$1
  shift
  if [ -n "$F_DRY_RUN" ]; then
    line "  $(t 'would' '예정'): $drop_text"
  else
    detail "  $drop_text"
    "$@" 2>/dev/null || true
  fi
}

remove_path() {
  if [ ! -e "$1" ] && [ ! -L "$1" ]; then return; fi
  drop "rm $1" rm -rf "$1"
  forget link "$1"
  forget file "$1"
}

# Folders that were made by us, when they are empty.
remove_folders() {
  if [ -n "$F_DRY_RUN" ]; then return; fi
  for folder in $ours "$UNIT_DIR/msp-agent.service.d" "$UNIT_DIR/msp-relay.service.d"; do
    if rmdir "$folder" 2>/dev/null; then forget folder "$folder"; fi
  done
}

# A user goes only when no file on a local disk still belongs to it.
remove_users() {
  for user in msp-agent msp-relay; do
    if ! id "$user" >/dev/null 2>&1; then continue; fi
    owned=$(owned_elsewhere "$user")
    if [ -z "$owned" ]; then
      remove_user "$user"
    else
      warn "$(t "user $user stays, it owns $owned" "사용자 $user 는 $owned 을(를) 소유하고 있어 남깁니다")"
    fi
  done
}

remove_user() {
  if command -v userdel >/dev/null 2>&1; then
    drop "userdel $1" userdel "$1"
    # userdel removes the group of the same name, unless login.defs says no.
    if grep -q "^$1:" /etc/group; then drop "groupdel $1" groupdel "$1"; fi
  else
    drop "deluser $1" deluser "$1"
  fi
  forget user "$1"
}

owned_elsewhere() {
  find /etc /home /opt /root /srv /tmp /usr/local /var -xdev -user "$1" \
    ! -path "$AGENT_ETC/*" 2>/dev/null | head -n 1
}

find_leftovers() {
  for path in $(program_paths) ${F_PURGE:+$AGENT_ETC $RELAY_ETC /var/lib/msp-agent /var/lib/msp}; do
    if [ -e "$path" ] || [ -L "$path" ]; then printf '%s ' "$path"; fi
  done
}

say_kept() {
  if [ -n "$F_PURGE" ]; then return; fi
  for path in $(kept_paths) $(recorded lent); do
    if [ -e "$path" ]; then
      say "$(t 'kept' '남겨 둠'): $path ($(du -sk "$path" | awk '{ print $1 }') KB)"
    fi
  done
  say "$(t 'to remove these as well: --uninstall --purge' '이것도 지우려면: --uninstall --purge')"
}
