#!/bin/sh
# What a gateway's relay hands out to the servers behind it: the packed agent,
# this script and their sums, in the folder that is the relay's --mirror-dir.
# shellcheck disable=SC2034 # other parts use these variables

# Only a script of the same version can install what lies beside it, and the
# relay looks in one folder, which a read-only /usr does not allow.
has_mirror() {
  [ "$F_MODE" = relay-server ] && [ -z "$F_RELAY_ONLY" ] && [ -n "$OWN_COPY" ] &&
    [ "$WANTED" = "$VERSION" ] && [ "$BIN" = /usr/local/bin ]
}

mirror_file() {
  printf '%s' "$MIRROR/msp-agent-$WANTED-linux-$ARCH.gz"
}

# Whether the packed program $1 with the sum $2 need not be fetched for the mirror.
is_mirrored() {
  if [ "$1" != msp-agent ] || ! has_mirror; then return 0; fi
  [ -f "$(mirror_file)" ] && [ "$(sha256_of "$(mirror_file)")" = "$2" ]
}

# Keeps the verified file $2 of program $1, which unpacking removes.
keep_for_mirror() {
  if [ "$1" = msp-agent ] && has_mirror; then ln "$2" "$STAGING/mirror.gz" || fail E232 "ln $2"; fi
}

# After the proof: servers must not get a version that did not work here.
fill_mirror() {
  if ! has_mirror; then return; fi
  STEP='fill the mirror'
  PLACING=
  put_folder_chain "$MIRROR"
  if [ -f "$STAGING/mirror.gz" ]; then
    record file "$(mirror_file)"
    chmod 0644 "$STAGING/mirror.gz"
    change "mv $(mirror_file)" mv -f "$STAGING/mirror.gz" "$(mirror_file)"
    restore_label "$(mirror_file)"
  fi
  stage_content cat "$OWN_COPY"
  put_file "$MIRROR/install.sh" 0644 root:root
  stage_content mirror_sums
  put_file "$MIRROR/SHA256SUMS" 0644 root:root
  for file in "$MIRROR"/msp-agent-*-linux-"$ARCH".gz; do
    if [ "$file" != "$(mirror_file)" ] && [ -f "$file" ]; then remove_path "$file"; fi
  done
}

# The relay hands out what is listed, and nothing else.
mirror_sums() {
  for file in "$(mirror_file)" "$MIRROR/install.sh"; do
    if [ -f "$file" ]; then printf '%s  %s\n' "$(sha256_of "$file")" "${file##*/}"; fi
  done
}
