#!/bin/sh
# The installation and the upgrade: one order of steps for both, and for every
# mode. Nothing on the host changes before change_host.
# shellcheck disable=SC2034 # other parts use these variables

install_action() {
  prepare_settings
  detect_platform
  choose_folders
  choose_programs
  check_conflicts
  take_lock
  make_staging
  prepare_ca
  prepare_proxy
  find_push_token
  check_destination_answers
  choose_source
  keep_own_copy
  find_new_programs
  check_space
  if [ -z "$F_DRY_RUN" ]; then obtain_programs; else plan_programs; fi
  change_host
}

# All that is wrong with the command line is said at once.
prepare_settings() {
  STEP='check the settings'
  refuse_unreadable
  read_installed
  if [ "$ACTION" = upgrade ] && [ -z "$INSTALLED_MODE" ]; then fail E247; fi
  use_installed
  detect_cloud
  validate_settings
  stop_on_usage_errors
  INSTALL_ID=$(env_file_value "$AGENT_ENV" MSP_INSTALL_ID)
  INSTALL_ID=${INSTALL_ID:-$(env_file_value "$RELAY_ENV" MSP_INSTALL_ID)}
  INSTALL_ID=${INSTALL_ID:-$(cat /proc/sys/kernel/random/uuid)}
  if [ "$F_MODE" = relay-server ] && [ -z "$F_SPOOL_MAX" ]; then choose_spool_max; fi
}

choose_programs() {
  case $F_MODE:$F_RELAY_ONLY in
  relay-server:1) PROGRAMS=msp-relay ;;
  relay-server:*) PROGRAMS='msp-relay msp-agent' ;;
  *) PROGRAMS=msp-agent ;;
  esac
  FRESH=1
  for program in $PROGRAMS; do
    eval "PREVIOUS_$(variable_of "$program")=\$(readlink \"$BIN/$program\" || true)"
  done
  if [ -e "$STATE" ]; then FRESH=; fi
}

# The file that ran before this installation; nothing the first time.
previous_of() {
  eval "printf '%s' \"\$PREVIOUS_$(variable_of "$1")\""
}

plan_programs() {
  for program in $NEW_PROGRAMS; do
    line "  $(t 'would' '예정'): $(t 'download' '내려받기') $(masked_url "$(folder_url "$WANTED")")/$program-$WANTED-linux-$ARCH.gz"
  done
}

# A copy of this script, for the uninstallation: itself when it is a file, else
# from where the programs came, if that is the same script.
keep_own_copy() {
  OWN_COPY=
  own=$STAGING/install.sh
  script=$(from_start "$0")
  if [ -f "$script" ] && is_own_script "$script"; then
    cp "$script" "$own" || fail E232 'cp install.sh'
  elif [ -n "$F_OFFLINE" ] && [ -f "$BUNDLE_DIR/install.sh" ]; then
    cp "$BUNDLE_DIR/install.sh" "$own" || fail E232 'cp install.sh'
  elif [ -z "$F_DRY_RUN" ]; then
    fetch "$(own_url)" "$own" 30 || return 0
  fi
  if [ -f "$own" ] && is_own_script "$own"; then OWN_COPY=$own; fi
}

# A relay serves the script beside its folder of programs.
own_url() {
  case $BASE_URL in
  */dl) printf '%s/install.sh' "${BASE_URL%/dl}" ;;
  *) printf '%s/install.sh' "$(folder_url "$VERSION")" ;;
  esac
}

is_own_script() {
  grep -qxF "VERSION='$VERSION'" "$1" && grep -qxF '# MSP_END_OF_SCRIPT' "$1" &&
    [ "$(tail -n 1 "$1")" = 'main "$@"' ]
}

change_host() {
  STEP='install'
  CHANGES_BEGUN=1
  open_log
  if [ -n "$INSTALLED_MODE" ] && [ "$INSTALLED_MODE" = relay-server ] && [ "$F_MODE" != relay-server ]; then
    remove_service msp-relay
    remove_rules
    remove_path "$MIRROR"
  fi
  for program in $PROGRAMS; do
    put_user "$program"
  done
  put_script
  if is_listed msp-relay "$PROGRAMS"; then place_relay; fi
  if bring_up; then
    drop_old_versions
    fill_mirror
    summarize
  else
    settle_failure
  fi
}

put_script() {
  if [ -z "$OWN_COPY" ]; then return; fi
  put_folder_chain "$LIBEXEC"
  stage_content cat "$OWN_COPY"
  put_file "$LIBEXEC/install.sh" 0755 root:root
  # A new copy of the script is no reason to restart a service.
  CHANGED=
}

place_relay() {
  STEP='install msp-relay'
  PLACING=msp-relay
  write_relay_config
  put_program msp-relay
  write_unit msp-relay
  note_unit_changes
}

place_agent() {
  STEP='install msp-agent'
  PLACING=msp-agent
  write_agent_config
  put_program msp-agent
  write_unit msp-agent
  note_unit_changes
}

note_unit_changes() {
  case $CHANGED in
  *"$UNIT_DIR"*) RELOAD_UNITS=1 ;;
  esac
}

# Relay first: its own agent pushes to it. Fails with FAILED_ID and WHY.
bring_up() {
  if is_listed msp-relay "$PROGRAMS"; then
    ALL_CHANGED="$ALL_CHANGED $CHANGED"
    if ! spool_readable || ! start_service msp-relay; then
      FAILED_ID=E301 FAILED_SERVICE=msp-relay
      return 1
    fi
    wait_for_relay
    open_firewall
  fi
  CHANGED=
  if is_listed msp-agent "$PROGRAMS"; then
    place_agent
    ALL_CHANGED="$ALL_CHANGED $CHANGED"
    if ! start_service msp-agent; then
      FAILED_ID=E301 FAILED_SERVICE=msp-agent
      return 1
    fi
  fi
  prove
}

prove() {
  DELIVERY=not-verified
  if [ -n "$F_DRY_RUN" ]; then
    DELIVERY=dry-run
    return
  fi
  if [ -n "$F_NO_VERIFY" ]; then return; fi
  proof=check_delivery
  if ! is_listed msp-agent "$PROGRAMS"; then proof=check_relay_only; fi
  if ! "$proof"; then
    FAILED_ID=E302
    return 1
  fi
  if is_listed msp-relay "$PROGRAMS"; then check_inner_addresses; fi
}

# A new relay must read what the old one has on disk, or the data would be lost.
spool_readable() {
  if [ -n "$F_DRY_RUN" ] || [ -z "$(previous_of msp-relay)" ] || [ ! -d "$F_SPOOL" ] ||
    [ "$(previous_of msp-relay)" = "$LIBEXEC/msp-relay-$WANTED" ]; then
    return 0
  fi
  STEP='read the spool'
  if run_as msp-relay 120 "$LIBEXEC/msp-relay-$WANTED" spool verify --spool="$F_SPOOL" \
    >"$STAGING/spool.txt" 2>&1; then
    return 0
  fi
  WHY="spool verify: $(tail -n 1 "$STAGING/spool.txt")"
  return 1
}

settle_failure() {
  if has_older_version; then roll_back; fi
  case $FAILED_ID in
  E302) fail E302 "$WHY" "$WHY_FIX" ;;
  *) fail_service "$FAILED_SERVICE" ;;
  esac
}

has_older_version() {
  for program in $PROGRAMS; do
    previous=$(previous_of "$program")
    if [ -n "$previous" ] && [ -x "$previous" ] && [ "$previous" != "$LIBEXEC/$program-$WANTED" ]; then
      return 0
    fi
  done
  return 1
}

# Back to the version that ran: links, units and settings, in that order.
roll_back() {
  STEP='roll back'
  reason=$WHY
  old_version=
  for program in $PROGRAMS; do
    previous=$(previous_of "$program")
    if [ -z "$previous" ]; then continue; fi
    old_version=${previous##*"$program-"}
    PLACING=$program
    switch_program "$program" "$previous"
    rm -f "$LIBEXEC/$program-$WANTED"
    forget file "$LIBEXEC/$program-$WANTED"
  done
  for path in $ALL_CHANGED; do
    if [ -f "$STAGING/old$path" ]; then cp -p "$STAGING/old$path" "$path" || true; fi
  done
  systemctl daemon-reload || true
  for program in $PROGRAMS; do
    restart_service "$program"
    forget restart "$program"
    if ! stays_up "$program"; then fail E304 "$WANTED" "$old_version" "$reason; $program: $WHY"; fi
  done
  if is_listed msp-agent "$PROGRAMS" && ! check_delivery; then
    reason="$reason ($(t "delivery of the old version is not confirmed either" '이전 버전의 전달도 확인되지 않음'): $WHY)"
  fi
  fail E303 "$WANTED" "$old_version" "$reason"
}
