#!/bin/sh
# What is on this machine already: a former agent, another program on the port,
# an installation in another mode.
# shellcheck disable=SC2034 # other parts use these variables

check_conflicts() {
  STEP='look for conflicts'
  for unit in alloy grafana-agent; do
    if systemctl is-active --quiet "$unit" 2>/dev/null; then fail E241 "$unit.service" "$unit"; fi
  done
  check_installed
  check_foreign_files
  check_users
  if [ "$F_MODE" = relay-server ]; then check_port; fi
}

# Settings that an uninstallation has kept are no installation.
check_installed() {
  if [ -z "$INSTALLED_MODE" ] || [ -n "$F_YES" ]; then return; fi
  if [ ! -e "$UNIT_DIR/msp-agent.service" ] && [ ! -e "$UNIT_DIR/msp-relay.service" ]; then return; fi
  installed=$INSTALLED_MODE
  asked=$F_MODE
  if [ -n "$INSTALLED_CUSTOMER" ]; then
    installed="$installed $INSTALLED_CUSTOMER/$INSTALLED_SERVER"
    asked="$asked $F_CUSTOMER_ID/$F_SERVER_NAME"
  fi
  if [ "$installed" != "$asked" ]; then fail E243 "$installed" "$asked"; fi
}

# A program or unit of our name that is not in our records is somebody else's.
check_foreign_files() {
  for program in $PROGRAMS; do
    for path in "$BIN/$program" "$UNIT_DIR/$program.service"; do
      if [ -e "$path" ] && ! is_recorded "$path"; then fail E245 "$path"; fi
    done
  done
}

check_users() {
  for program in $PROGRAMS; do
    uid=$(id -u "$program" 2>/dev/null) || continue
    if [ "$uid" -ge 1000 ] && ! is_recorded "$program"; then fail E244 "$program" "$uid"; fi
  done
}

# Without root the process behind a port has no name; then it is only "another".
check_port() {
  if systemctl is-active --quiet msp-relay 2>/dev/null; then return; fi
  port_hex=$(printf '%04X' "$LISTEN_PORT")
  inode=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    awk -v port=":$port_hex" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10; exit }')
  if [ -z "$inode" ]; then return; fi
  fail E240 "$LISTEN_PORT" "$(socket_owner "$inode")" "$((LISTEN_PORT - 1))"
}

socket_owner() {
  for process in /proc/[0-9]*; do
    for descriptor in "$process"/fd/*; do
      if [ "$(readlink "$descriptor" 2>/dev/null)" = "socket:[$1]" ]; then
        printf '%s (pid %s)' "$(cat "$process/comm" 2>/dev/null)" "${process#/proc/}"
        return
      fi
    done
  done
  t 'another program' '다른 프로그램'
}
