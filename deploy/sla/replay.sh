#!/bin/sh
# Computes the availability again. `every`: the last days, now and then on; `once`:
# once; `between FROM TO`: for data that came later than that; `recompute FROM TO
# CUSTOMER [SERVER]`: by what maintenance says today. Times are seconds since 1970.
#
# Agents keep samples during an outage and send them later; the minutes are recorded
# as down by then. A replay writes the same times again, and of two values at one
# time the store keeps the larger: down becomes up, and the sums grow. Never the
# reverse, so what shall become smaller is deleted first. The store deletes series
# and no times: what lies outside of the window is saved before, and put back.
set -eu

: "${READ_BASE:=http://victoriametrics:8428}" "${WRITE_BASE:=$READ_BASE}"
: "${DELETE_BASE:=$READ_BASE}" "${DELETE_KEY_FILE:=/run/secrets/vm_delete_key}"
: "${RULES:=/rules}" "${OPERATORS:=/operators}" "${WORK:=/work}"
: "${VMALERT:=/vmalert-prod}"
: "${REPLAY_EVERY_SECONDS:=86400}" "${REPLAY_HOURS:=72}"

HALF_HOUR=1800
# The newest sums are recorded seven minutes late, and spread over half an hour.
SETTLED=2700
NAMES='msp:(maintenance:(server|customer)|server_(present|slo_up):(1m|sum30m|count30m))'

# Evaluates one file after the other, because each reads what the last has written.
# Whole half hours: the times are then those of the live evaluation.
replay() {
  from=$(($1 / HALF_HOUR * HALF_HOUR)) to=$(($2 / HALF_HOUR * HALF_HOUR))
  for file in "$OPERATORS"/maintenance.yml "$RULES"/30-*.yml "$RULES"/40-*.yml \
    "$RULES"/50-*.yml; do
    grep -q 'record:' "$file" 2>/dev/null || continue
    "$VMALERT" -rule="$file" -loggerLevel=WARN -httpListenAddr=127.0.0.1:0 \
      -datasource.url="$READ_BASE" -remoteWrite.url="$WRITE_BASE" \
      -remoteWrite.flushInterval=100ms -replay.rulesDelay=0 \
      -replay.disableProgressBar -replay.maxDatapointsPerQuery=10000 \
      -replay.timeFrom="$(utc "$from")" -replay.timeTo="$(utc "$to")" >&2
    settle
  done
  get "$READ_BASE/internal/resetRollupResultCache" >/dev/null 2>&1 || :
}

once() {
  put_back
  now=$(date +%s)
  replay $((now - REPLAY_HOURS * 3600)) $((now - SETTLED))
  report "$now"
  echo "replay: done"
}

# By a shell of its own: within `||` a function goes on after what fails.
every() {
  while :; do
    report_try
    sh "$0" once || echo "replay: failed; the next try is in $REPLAY_EVERY_SECONDS s" >&2
    sleep "$REPLAY_EVERY_SECONDS"
  done
}

recompute() {
  put_back
  from=$((($1 - 1) / HALF_HOUR * HALF_HOUR))
  to=$((($2 + HALF_HOUR - 1) / HALF_HOUR * HALF_HOUR))
  selector="{__name__=~\"$NAMES\",customer_id=\"$3\"${4:+,server_name=\"$4\"}}"
  save "$selector" "$from" "$to"
  delete "$selector"
  put_back
  now=$(date +%s) settled=$(($(date +%s) - SETTLED))
  replay "$from" $((to < settled ? to : settled))
  # What was recorded between saving and deleting.
  replay $((now - 7200)) "$settled"
  echo "replay: $3${4:+ $4} computed again from $(utc "$from") to $(utc "$to")"
}

# A sample tells of the time before it: the first one of the window is half an hour
# (or a minute) after its start. The folder gets its name once it is complete.
save() {
  match="match%5B%5D=$(escape "$1")"
  rm -rf "$WORK/saving"
  mkdir -p "$WORK/saving"
  get "$READ_BASE/api/v1/export?$match&start=1&end=$2" >"$WORK/saving/before"
  get "$READ_BASE/api/v1/export?$match&start=$3.001" >"$WORK/saving/after"
  sync
  mv "$WORK/saving" "$WORK/saved"
}

# Also what a run that was killed has left behind.
put_back() {
  [ -d "$WORK/saved" ] || return 0
  for part in before after; do
    [ -s "$WORK/saved/$part" ] || continue
    wget -qO- --header='Content-Type: application/json' \
      --post-file="$WORK/saved/$part" "$WRITE_BASE/api/v1/import" >/dev/null
  done
  settle
  rm -rf "$WORK/saved"
}

# The key is in a file, so that it is in no list of processes.
delete() {
  umask 077
  printf 'match[]=%s&authKey=%s' "$(escape "$1")" "$(cat "$DELETE_KEY_FILE")" \
    >"$WORK/delete"
  status=0
  wget -qO- --post-file="$WORK/delete" \
    "$DELETE_BASE/api/v1/admin/tsdb/delete_series" >/dev/null || status=$?
  rm -f "$WORK/delete"
  return "$status"
}

# One at a time: what one has saved and deleted, another would put back too early.
# The kernel gives the lock back, however this ends.
lock() {
  exec 9>"$WORK/lock"
  flock -n 9 && return
  echo "replay: waits until another one has ended" >&2
  flock 9
}

# Until queries see what was written; a cluster cannot be asked for it.
settle() {
  get "$READ_BASE/internal/force_flush" >/dev/null 2>&1 || sleep 5
}

# ReplayStale is told of its age.
report() {
  wget -qO- --post-data="msp_sla_replay_last_success_timestamp_seconds $1" \
    "$WRITE_BASE/api/v1/import/prometheus" >/dev/null
}

# Where none ever succeeds, ReplayStale counts from the first of these.
report_try() {
  wget -qO- --post-data="msp_sla_replay_last_try_timestamp_seconds $(date +%s)" \
    "$WRITE_BASE/api/v1/import/prometheus" >/dev/null || :
}

get() {
  wget -qO- "$1"
}

utc() {
  date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ
}

# Names of series, customers and servers hold no other special characters.
escape() {
  printf '%s' "$1" | sed 's/{/%7B/g; s/}/%7D/g; s/"/%22/g; s/|/%7C/g; s/ /%20/g'
}

main() {
  case ${1:-}:$# in
  every:1) every ;;
  once:1)
    lock
    once
    ;;
  between:3)
    lock
    replay "$2" "$3"
    ;;
  recompute:4 | recompute:5)
    lock
    shift
    recompute "$@"
    ;;
  *)
    echo "usage: replay.sh every | once | between FROM TO | recompute FROM TO CUSTOMER [SERVER]" >&2
    exit 2
    ;;
  esac
}

main "$@"
