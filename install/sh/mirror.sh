#!/bin/sh
# What a gateway's relay hands out: the servers behind it install from there.
# Put in place last, since an installation that fails must not be spread.
# shellcheck disable=SC2034 # other parts use these variables

agent_file() {
  printf 'msp-agent-%s-linux-%s.gz' "$WANTED" "$ARCH"
}

is_mirror() {
  [ "$F_MODE" = relay-server ] && is_listed msp-agent "$PROGRAMS"
}

# Whether the folder lacks this version's agent.
mirror_lacks_agent() {
  [ ! -f "$MIRROR/$(agent_file)" ] ||
    [ "$(sha256_of "$MIRROR/$(agent_file)")" != "$(expected_sum msp-agent)" ]
}

# The packed agent stays in staging instead of going with its unpacking.
keep_for_mirror() {
  if is_mirror && [ "$1" = msp-agent ]; then mv -f "$2" "$STAGING/$(agent_file)"; else rm -f "$2"; fi
}

# A gateway works without it, so a failure here is a warning.
put_mirror() {
  if ! is_mirror || [ -n "$F_DRY_RUN" ]; then return; fi
  PLACING=
  put_folder_chain "$MIRROR"
  if mirror_lacks_agent && ! has_packed_agent; then
    warn_mirror "$(agent_file)"
    return 0
  fi
  if [ -f "$STAGING/$(agent_file)" ]; then
    put_mirror_file "$STAGING/$(agent_file)" "$(agent_file)" || return 0
  fi
  if [ -n "$OWN_COPY" ]; then put_mirror_file "$OWN_COPY" install.sh || return 0; fi
  mirror_sums >"$STAGING/mirror.sums"
  put_mirror_file "$STAGING/mirror.sums" SHA256SUMS || return 0
  drop_old_mirror_files
}

# In staging, or once more from where the programs come: a run before this one
# may have been killed after it placed the program.
has_packed_agent() {
  packed=$STAGING/$(agent_file)
  if [ ! -f "$packed" ]; then
    if [ -n "$F_OFFLINE" ]; then
      cp "$BUNDLE_DIR/$(agent_file)" "$packed" 2>/dev/null || return 1
    else
      fetch "$(folder_url "$WANTED")/$(agent_file)" "$packed" || return 1
    fi
  fi
  [ "$(sha256_of "$packed")" = "$(expected_sum msp-agent)" ]
}

# $1 file, $2 name. Whole or not at all; an equal file keeps its time.
put_mirror_file() {
  if [ -f "$MIRROR/$2" ] && cmp -s "$1" "$MIRROR/$2"; then return 0; fi
  record file "$MIRROR/$2"
  if cp "$1" "$MIRROR/$2.msp-new" 2>/dev/null && chmod 0644 "$MIRROR/$2.msp-new" &&
    sync_file "$MIRROR/$2.msp-new" && mv -f "$MIRROR/$2.msp-new" "$MIRROR/$2"; then
    restore_label "$MIRROR/$2"
    return 0
  fi
  rm -f "$MIRROR/$2.msp-new"
  warn_mirror "$2"
  return 1
}

warn_mirror() {
  warn "$(t "servers behind this gateway cannot install from it: $MIRROR/$1 was not written" \
    "이 게이트웨이 뒤의 서버는 여기서 설치할 수 없습니다: $MIRROR/$1 를 쓰지 못했습니다")"
}

mirror_sums() {
  for name in "$(agent_file)" install.sh; do
    if [ -f "$MIRROR/$name" ]; then printf '%s  %s\n' "$(sha256_of "$MIRROR/$name")" "$name"; fi
  done
}

drop_old_mirror_files() {
  for file in "$MIRROR"/msp-agent-*.gz; do
    case $file in
    "$MIRROR/$(agent_file)" | *'*'*) ;;
    *)
      rm -f "$file"
      forget file "$file"
      ;;
    esac
  done
}

remove_mirror() {
  for file in "$MIRROR"/*; do
    remove_path "$file"
  done
  if rmdir "$MIRROR" 2>/dev/null; then forget folder "$MIRROR"; fi
}
