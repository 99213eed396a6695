#!/bin/sh
# Backups of the store. `every`: one now and then on; `once`: one; `restore NAME`:
# puts one back into an empty store that does not run.
#
# `latest` is brought up to date each time; the first of a day is kept as YYYYMMDD,
# copied at the destination: the folder BACKUP, or BACKUP_URL=s3://BUCKET/PATH.
set -eu

: "${BACKUP:=/backup}" "${STORAGE:=/storage}" "${BACKUP_KEEP_DAYS:=14}"
: "${BACKUP_URL:=fs://$BACKUP}" "${BACKUP_ENDPOINT:=}"
: "${S3_CREDENTIALS:=/run/backup/s3_credentials}"
: "${BACKUP_EVERY_SECONDS:=3600}" "${STORE_URL:=http://victoriametrics:8428}"
: "${VMBACKUP:=vmbackup}" "${VMRESTORE:=vmrestore}"
: "${SNAPSHOT_KEY_FILE:=/run/secrets/vm_snapshot_key}"

# Only the program's own flags come from variables, so that the key is in no list
# of processes.
vmbackup() {
  at_destination "$VMBACKUP" -envflag.enable -envflag.prefix=VMB_ "$@"
}

at_destination() {
  if [ -s "$S3_CREDENTIALS" ]; then
    set -- "$@" -credsFilePath="$S3_CREDENTIALS"
  fi
  "$@" -customS3Endpoint="$BACKUP_ENDPOINT" -loggerLevel=WARN \
    -httpListenAddr=
}

once() {
  key=$(cat "$SNAPSHOT_KEY_FILE")
  VMB_snapshot_createURL="$STORE_URL/snapshot/create?authKey=$key" \
    vmbackup -storageDataPath="$STORAGE" -dst="$BACKUP_URL/latest"
  today=$(date +%Y%m%d)
  # A file, because a bucket cannot be looked into from here.
  if [ "$(cat "$BACKUP/.day" 2>/dev/null)" != "$today" ]; then
    vmbackup -origin="$BACKUP_URL/latest" -dst="$BACKUP_URL/$today"
    echo "$today" >"$BACKUP/.day"
    remove_old
  fi
  report
  echo "backup: done"
}

# In a folder only: a bucket has rules of its own for what is old.
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

# Where none ever succeeds, BackupStale counts from the first of these.
report_try() {
  wget -qO- --post-data="msp_backup_last_try_timestamp_seconds $(date +%s)" \
    "$STORE_URL/api/v1/import/prometheus" >/dev/null || :
}

# By a shell of its own: within `||` a function goes on after what fails.
every() {
  while :; do
    report_try
    sh "$0" once || echo "backup: failed; the next try is in $BACKUP_EVERY_SECONDS s" >&2
    sleep "$BACKUP_EVERY_SECONDS"
  done
}

restore() {
  name=${1:-latest}
  if [ "$BACKUP_URL" = "fs://$BACKUP" ] && [ ! -d "$BACKUP/$name" ]; then
    echo "restore: there is no backup '$name'; there are: $(ls "$BACKUP")" >&2
    exit 1
  fi
  at_destination "$VMRESTORE" -src="$BACKUP_URL/$name" \
    -storageDataPath="$STORAGE"
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
