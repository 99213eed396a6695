#!/bin/sh
# Backups of the store. `every`: one now and then on; `once`: one; `restore NAME`:
# puts one back into an empty store that does not run.
#
# `latest` is brought up to date each time; the first of a day is kept as YYYYMMDD,
# copied at the destination.
set -eu

: "${BACKUP:=/backup}" "${STORAGE:=/storage}" "${BACKUP_KEEP_DAYS:=14}"
: "${BACKUP_EVERY_SECONDS:=3600}" "${STORE_URL:=http://victoriametrics:8428}"
: "${VMBACKUP:=vmbackup}" "${VMRESTORE:=vmrestore}"
: "${SNAPSHOT_KEY_FILE:=/run/secrets/vm_snapshot_key}"

# Only the program's own flags come from variables, so that the key is in no list
# of processes.
vmbackup() {
  "$VMBACKUP" -envflag.enable -envflag.prefix=VMB_ -loggerLevel=WARN \
    -httpListenAddr= "$@"
}

once() {
  key=$(cat "$SNAPSHOT_KEY_FILE")
  VMB_snapshot_createURL="$STORE_URL/snapshot/create?authKey=$key" \
    vmbackup -storageDataPath="$STORAGE" -dst="fs://$BACKUP/latest"
  today=$(date +%Y%m%d)
  if [ ! -e "$BACKUP/$today" ]; then
    vmbackup -origin="fs://$BACKUP/latest" -dst="fs://$BACKUP/$today"
    remove_old
  fi
  report
  echo "backup: done"
}

remove_old() {
  find "$BACKUP" -maxdepth 1 -type d -name '20[0-9][0-9][0-9][0-9][0-9][0-9]' |
    sort -r | tail -n +$((BACKUP_KEEP_DAYS + 1)) |
    while read -r old; do rm -rf "$old"; done
}

# An alert can be built on its age.
report() {
  wget -qO- --post-data="msp_backup_last_success_timestamp_seconds $(date +%s)" \
    "$STORE_URL/api/v1/import/prometheus" >/dev/null ||
    echo "backup: done, but the store did not take its time" >&2
}

every() {
  while :; do
    once || echo "backup: failed; the next try is in $BACKUP_EVERY_SECONDS s" >&2
    sleep "$BACKUP_EVERY_SECONDS"
  done
}

restore() {
  name=${1:-latest}
  if [ ! -d "$BACKUP/$name" ]; then
    echo "restore: there is no backup '$name'; there are: $(ls "$BACKUP")" >&2
    exit 1
  fi
  "$VMRESTORE" -src="fs://$BACKUP/$name" -storageDataPath="$STORAGE" \
    -loggerLevel=WARN -httpListenAddr=
  echo "restore: $name is back; start the store"
}

main() {
  case ${1:-} in
  every | once) "$1" ;;
  restore) restore "${2:-latest}" ;;
  *)
    echo "usage: backup.sh every | once | restore [NAME]" >&2
    exit 2
    ;;
  esac
}

main "$@"
