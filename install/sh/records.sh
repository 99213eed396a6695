#!/bin/sh
# What this installer created, in /etc/msp-agent/install.state: JSON lines, each
# written before the thing it names comes into being. Uninstall reads it.
# shellcheck disable=SC2034 # other parts use these variables

# record KIND NAME [FIELD VALUE]…: adds or replaces the line for this thing.
record() {
  if [ -n "$F_DRY_RUN" ]; then return; fi
  record_line="{\"kind\":\"$1\",\"name\":\"$2\""
  record_kind=$1 record_name=$2
  shift 2
  while [ $# -gt 1 ]; do
    record_line="$record_line,\"$1\":\"$2\""
    shift 2
  done
  ensure_state_folder
  if ! {
    lines_without "$record_kind" "$record_name" &&
      printf '%s}\n' "$record_line"
  } >"$STATE.new" || ! chmod 0600 "$STATE.new" || ! mv -f "$STATE.new" "$STATE"; then
    rm -f "$STATE.new"
    fail E232 "$(t 'write' '쓰기') $STATE"
  fi
}

ensure_state_folder() {
  if [ -d "$AGENT_ETC" ]; then return; fi
  mkdir -m 0755 "$AGENT_ETC" || fail E232 "mkdir $AGENT_ETC"
  printf '{"kind":"folder","name":"%s"}\n' "$AGENT_ETC" >"$STATE" || fail E232 "$STATE"
  chmod 0600 "$STATE"
}

lines_without() {
  if [ -r "$STATE" ]; then
    # 1 is none left; anything else is a copy that must not be used.
    grep -vF "{\"kind\":\"$1\",\"name\":\"$2\"" "$STATE" || [ $? = 1 ]
  fi
}

# A line too many is harmless, and must not end an uninstallation or a way back.
forget() {
  if [ -n "$F_DRY_RUN" ] || [ ! -w "$STATE" ]; then return; fi
  if ! lines_without "$1" "$2" >"$STATE.new" || ! chmod 0600 "$STATE.new" ||
    ! mv -f "$STATE.new" "$STATE"; then
    rm -f "$STATE.new"
  fi
}

# Names of one kind, in the order in which they came into being.
recorded() {
  if [ -r "$STATE" ]; then
    sed -n "s/^{\"kind\":\"$1\",\"name\":\"\\([^\"]*\\)\".*/\\1/p" "$STATE"
  fi
}

is_recorded() {
  [ -r "$STATE" ] && grep -qF "\",\"name\":\"$1\"" "$STATE"
}

recorded_field() {
  if [ -r "$STATE" ]; then
    grep -F "\",\"name\":\"$1\"" "$STATE" | sed -n "s/.*\"$2\":\"\\([^\"]*\\)\".*/\\1/p" | tail -n 1
  fi
}
