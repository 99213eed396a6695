#!/bin/sh
# Where the programs come from, which version, and which checksums they must have.
# shellcheck disable=SC2034 # other parts use these variables

# Sets WANTED (a version), and SUMS: lines "SHA256  NAME" to believe in.
choose_source() {
  STEP='choose the version'
  WANTED=${F_VERSION#v}
  WANTED=${WANTED:-$VERSION}
  if [ -n "$F_OFFLINE" ]; then open_bundle; fi
  BASE_URL=${F_BASE_URL:-$DEFAULT_BASE_URL}
  BASE_URL=${BASE_URL%/}
  SUMS=$BAKED_SUMS
  # The sums in this script are those of its own version; a mirror that hands out
  # other programs cannot hand out sums for them.
  if [ "$WANTED" != "$VERSION" ]; then fetch_sums; fi
}

# The folder of one version: a release page has one for each, a mirror one for all.
folder_url() {
  printf '%s' "$BASE_URL" | sed "s|@VERSION@|$1|"
}

fetch_sums() {
  SUMS_FILE=$STAGING/SHA256SUMS
  if [ -n "$F_OFFLINE" ]; then
    cp "$BUNDLE_DIR/SHA256SUMS" "$SUMS_FILE" || fail E232 "cp SHA256SUMS"
  else
    refuse_open_sums
    sums_url=$(folder_url "$WANTED")/SHA256SUMS
    case $WANTED:$BASE_URL in
    latest:*/releases/download/*) sums_url=${BASE_URL%/download/*}/latest/download/SHA256SUMS ;;
    esac
    if ! fetch "$sums_url" "$SUMS_FILE" 60; then
      if [ "$HTTP_CODE" = 404 ]; then
        fail E140 "$(shown "$WANTED")" "$(masked_url "$(folder_url "$WANTED")")" "$VERSION"
      fi
      fail_fetch "$sums_url"
    fi
  fi
  SUMS=$(cat "$SUMS_FILE")
  if [ "$WANTED" = latest ]; then WANTED=$(sums_list | released_versions | head -n 1); fi
  if ! sums_list | released_versions | grep -qxF "${WANTED:-none}"; then
    fail E140 "$(shown "$WANTED")" "$(masked_url "$(folder_url "$WANTED")")" \
      "$(sums_list | released_versions | head -n 3 | tr '\n' ' ')"
  fi
}

# Sums that come over an open line prove nothing. Those in this script do.
refuse_open_sums() {
  split_url "$BASE_URL"
  if [ "$URL_SCHEME" = https ] || [ -n "$F_INSECURE_HTTP" ] || is_private_host "$URL_HOST"; then return; fi
  case $URL_HOST in
  127.* | localhost | '[::1]') return ;;
  esac
  fail E126 base-url "$(masked_url "$BASE_URL")" \
    "is plain http to a public address: whoever is in between could change version $WANTED" \
    "공인 주소로의 평문 http 입니다. 중간에서 $WANTED 버전을 바꿀 수 있습니다" \
    "https://$URL_AUTHORITY, or --insecure-http if this is accepted"
}

# Versions in a list of sums, the newest first.
released_versions() {
  sed -n "s/^[0-9a-f]* [ *]msp-agent-\\(.*\\)-linux-$ARCH\\.gz\$/\\1/p" |
    sort -u -t. -k1,1nr -k2,2nr -k3,3nr
}

sums_list() {
  printf '%s\n' "$SUMS"
}

bundle_error() {
  fail E142 "$(shown "$F_OFFLINE")" "$@"
}

# Finds BUNDLE_DIR: a folder, or a tar.gz that is unpacked into staging.
open_bundle() {
  bundle=$(from_start "$F_OFFLINE")
  if [ -d "$bundle" ]; then
    BUNDLE_DIR=$bundle
    for packed in "$bundle"/msp-bundle-*-linux-"$ARCH".tar.gz; do
      if [ ! -r "$BUNDLE_DIR/SHA256SUMS" ] && [ -f "$packed" ]; then bundle=$packed; fi
    done
  fi
  if [ -f "$bundle" ]; then unpack_bundle "$bundle"; fi
  if [ ! -r "${BUNDLE_DIR:-/nonexistent}/SHA256SUMS" ]; then
    bundle_error 'is no bundle: SHA256SUMS is missing' '번들이 아닙니다: SHA256SUMS 가 없습니다' \
      "give msp-bundle-$WANTED-linux-$ARCH.tar.gz or its unpacked folder" \
      "msp-bundle-$WANTED-linux-$ARCH.tar.gz 또는 푼 폴더를 주세요"
  fi
  check_bundle_arch
}

unpack_bundle() {
  BUNDLE_DIR=$STAGING/bundle
  if ! mkdir "$BUNDLE_DIR" || ! tar -xzf "$1" -C "$BUNDLE_DIR" 2>"$STAGING/tar.err"; then
    bundle_error 'cannot be unpacked: not a tar.gz, cut off, or no space' \
      '풀 수 없습니다: tar.gz 가 아니거나 잘렸거나 공간이 없습니다' \
      'copy it again and compare its SHA-256' '다시 복사하고 SHA-256 을 비교하세요'
  fi
  # Some tools pack the folder, some what is in it.
  if [ ! -e "$BUNDLE_DIR/SHA256SUMS" ]; then
    for folder in "$BUNDLE_DIR"/*/; do
      if [ -e "${folder}SHA256SUMS" ]; then BUNDLE_DIR=${folder%/}; fi
    done
  fi
}

check_bundle_arch() {
  for other in amd64 arm64; do
    if [ "$other" = "$ARCH" ]; then continue; fi
    if ls "$BUNDLE_DIR"/msp-*-linux-"$other".gz >/dev/null 2>&1 &&
      ! ls "$BUNDLE_DIR"/msp-*-linux-"$ARCH".gz >/dev/null 2>&1; then
      bundle_error "is for $other, this machine is $ARCH" "$other 용입니다. 이 서버는 $ARCH 입니다" \
        "bring msp-bundle-$WANTED-linux-$ARCH.tar.gz" "msp-bundle-$WANTED-linux-$ARCH.tar.gz 를 가져오세요"
    fi
  done
  # A bundle is one version, and this script may be of another.
  if [ -z "$F_VERSION" ]; then
    WANTED=$(released_versions <"$BUNDLE_DIR/SHA256SUMS" | head -n 1)
    WANTED=${WANTED:-$VERSION}
  fi
}

# The sum that the packed program $1 must have.
expected_sum() {
  case $1 in
  msp-agent) expected=$F_CHECKSUM ;;
  *) expected=$F_RELAY_CHECKSUM ;;
  esac
  if [ -z "$expected" ]; then
    expected=$(printf '%s\n' "$SUMS" | awk -v name="$1-$WANTED-linux-$ARCH.gz" \
      '{ sub("^[*.]/?", "", $2) } $2 == name { print $1; exit }')
  fi
  printf '%s' "$expected" | tr 'A-F' 'a-f'
}
