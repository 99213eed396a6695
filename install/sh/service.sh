#!/bin/sh
# Starting services under systemd, and saying in words why one does not stay up.
# shellcheck disable=SC2034 # other parts use these variables

# $1 service. Enables it, restarts it when something changed, waits until it stays.
start_service() {
  STEP="start $1"
  if [ -n "$RELOAD_UNITS" ] || [ "$(property "$1" NeedDaemonReload)" = yes ]; then
    change 'systemctl daemon-reload' systemctl daemon-reload
    RELOAD_UNITS=
  fi
  if ! systemctl is-enabled --quiet "$1" 2>/dev/null; then
    if [ -z "$F_DRY_RUN" ]; then record unit "$1"; fi
    change "systemctl enable $1" systemctl enable --quiet "$1"
  fi
  if [ -n "$F_NO_START" ]; then return; fi
  if [ -z "$CHANGED" ] && ! recorded restart | grep -qx "$1" && systemctl is-active --quiet "$1"; then
    detail "$1 $(t 'runs with these settings: not restarted' '이 설정으로 실행 중: 재시작하지 않음')"
    return
  fi
  SERVICE_STARTED=1
  change "systemctl restart $1" restart_service "$1"
  forget restart "$1"
  if [ -z "$F_DRY_RUN" ] && ! stays_up "$1"; then return 1; fi
}

# Whether it comes up is what stays_up finds out, with the reason.
restart_service() {
  systemctl reset-failed "$1" 2>/dev/null || true
  systemctl restart "$1" 2>"$STAGING/systemctl.err" || true
}

property() {
  systemctl show -p "$2" "$1" 2>/dev/null | sed 's/^[^=]*=//'
}

# Active with the same main process for 5 s, within 20 s. WHY says why not.
stays_up() {
  if watch_service "$1"; then return 0; fi
  if [ "$(property "$1" ExecMainStatus)" = 226 ] && [ -n "$IN_CONTAINER" ]; then
    relax_for_container "$1"
    if watch_service "$1"; then return 0; fi
  fi
  explain_failure "$1"
  return 1
}

watch_service() {
  steady=0 main_pid=0 waited=0
  while [ "$waited" -lt 20 ]; do
    # Where no restart would help, systemd does not try one.
    if systemctl is-failed --quiet "$1"; then return 1; fi
    pid=$(property "$1" MainPID)
    if systemctl is-active --quiet "$1" && [ "$pid" = "$main_pid" ] && [ "${pid:-0}" != 0 ]; then
      steady=$((steady + 1))
      if [ "$steady" -ge 5 ]; then return 0; fi
    else
      steady=0
    fi
    main_pid=$pid
    waited=$((waited + 1))
    sleep 1
  done
  return 1
}

explain_failure() {
  status=$(property "$1" ExecMainStatus)
  WHY=$(exit_reason "${status:-?}")
  last=$(journalctl -u "$1" -n 1 -o cat --no-pager 2>/dev/null || true)
  if [ -z "$last" ]; then last=$(cat "$STAGING/systemctl.err" 2>/dev/null || true); fi
  WHY="$WHY${last:+; $last}"
}

fail_service() {
  fail E301 "$1" "$WHY" "$WHY" "journalctl -u $1; then run again" "journalctl -u $1 를 보고 다시 실행하세요"
}

# Unprivileged containers may not mount: those directives go, the rest stays.
relax_for_container() {
  put_folder "$UNIT_DIR/$1.service.d" 0755 root:root
  stage_content printf '%s\n' '# Written by install.sh: this container cannot mount.' '[Service]' \
    'ProtectSystem=no' 'ProtectHome=no' 'PrivateTmp=no' 'PrivateDevices=no' \
    'ProtectKernelTunables=no' 'ProtectKernelModules=no' 'ProtectKernelLogs=no' \
    'ProtectControlGroups=no' 'ProtectClock=no' 'ProtectHostname=no' 'ProtectProc=default'
  put_file "$UNIT_DIR/$1.service.d/50-container.conf" 0644 root:root
  warn "$(t "this container cannot mount: $1 runs with less isolation (50-container.conf)" \
    "이 컨테이너는 마운트할 수 없어 $1 의 격리를 줄였습니다 (50-container.conf)")"
  systemctl daemon-reload
  restart_service "$1"
}

wait_for_relay() {
  # Without anything that speaks HTTP, its being up has to do.
  if [ -n "$F_DRY_RUN" ] || [ -n "$F_NO_START" ] || [ -z "$FETCH" ]; then return; fi
  STEP='wait for the relay'
  waited=0
  while [ "$waited" -lt 20 ]; do
    if fetch_direct "http://127.0.0.1:$LISTEN_PORT/-/ready" "$STAGING/answer" 3; then return; fi
    waited=$((waited + 1))
    sleep 1
  done
  WHY="http://127.0.0.1:$LISTEN_PORT/-/ready: ${FETCH_WORDS:-code $FETCH_EXIT}"
  fail_service msp-relay
}
