#!/bin/sh
# What this machine is, and whether the programs can run on it: found out before
# anything is downloaded.
# shellcheck disable=SC2034 # other parts use these variables

detect_platform() {
  STEP='detect the platform'
  OS_NAME=$(os_name)
  detail "os       $OS_NAME, kernel $(uname -r)"
  detect_arch
  detect_libc
  detect_init
  if [ "$(id -u)" != 0 ] && [ -z "$F_DRY_RUN" ]; then fail E201; fi
  detect_tools
  detect_selinux
}

# Parsed, not sourced: it is somebody else's shell.
os_name() {
  os_pretty=$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release 2>/dev/null | tr -d "\"'" | head -n 1)
  printf '%s' "${os_pretty:-unknown Linux}"
}

detect_arch() {
  machine=$(uname -m)
  case $machine in
  x86_64 | amd64) ARCH=amd64 ELF_MACHINE=62 ;;
  aarch64 | arm64) ARCH=arm64 ELF_MACHINE=183 ;;
  *) fail E202 "$machine" ;;
  esac
  if [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" != 64 ]; then
    fail E202 "$(t "a 32-bit system on $machine" "$machine 위의 32비트 시스템")"
  fi
  detail "arch     $ARCH"
}

detect_libc() {
  GLIBC=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc //p')
  if [ -z "$GLIBC" ]; then
    GLIBC=$(ldd --version 2>/dev/null | sed -n '1s/.* \([0-9][0-9]*\.[0-9][0-9]*\)$/\1/p')
  fi
  if [ -z "$GLIBC" ]; then fail E203; fi
  needed=2.27
  if [ -n "$F_RELAY_ONLY" ]; then needed=2.17; fi
  if ! is_version_at_least "$GLIBC" "$needed"; then fail E204 "$GLIBC" "$OS_NAME" "$needed"; fi
  detail "glibc    $GLIBC"
}

# Both as MAJOR.MINOR.
is_version_at_least() {
  [ "${1%%.*}" -gt "${2%%.*}" ] && return 0
  minor=${1#*.}
  [ "${1%%.*}" -eq "${2%%.*}" ] && [ "${minor%%.*}" -ge "${2#*.}" ]
}

# /run/systemd/system exists only where systemd runs; systemctl proves nothing.
detect_init() {
  IN_CONTAINER=
  if [ -e /.dockerenv ] || [ -e /run/.containerenv ] || container_of_pid_1; then IN_CONTAINER=1; fi
  if [ -d /run/systemd/system ]; then
    detail "init     systemd${IN_CONTAINER:+, in a container}"
    return
  fi
  if [ -n "$IN_CONTAINER" ]; then fail E206; fi
  fail E205
}

container_of_pid_1() {
  { tr '\0' '\n' </proc/1/environ; } 2>/dev/null | grep -q '^container='
}

detect_tools() {
  if command -v curl >/dev/null 2>&1; then
    FETCH=curl
  elif command -v wget >/dev/null 2>&1; then
    FETCH=wget
    if wget --version 2>/dev/null | grep -q 'GNU Wget'; then FETCH=gnu-wget; fi
  elif [ -z "$F_OFFLINE" ]; then
    fail E210 "$(install_line curl)"
  else
    FETCH=
  fi
  detail "fetch    ${FETCH:-none}"
  for try in 'sha256sum' 'shasum -a 256' 'busybox sha256sum' 'openssl dgst -sha256 -r'; do
    if command -v "${try%% *}" >/dev/null 2>&1 && printf '' | $try >/dev/null 2>&1; then
      SHA256=$try
      return
    fi
  done
  fail E211
}

install_line() {
  for manager in 'apt-get install' 'dnf install' 'yum install' 'zypper install'; do
    if command -v "${manager%% *}" >/dev/null 2>&1; then
      printf '%s %s' "$manager" "$1"
      return
    fi
  done
  printf 'install %s' "$1"
}

sha256_of() {
  $SHA256 "$1" | awk '{ print $1 }'
}

detect_selinux() {
  SELINUX=none
  if command -v getenforce >/dev/null 2>&1; then SELINUX=$(getenforce 2>/dev/null || echo unknown); fi
  detail "selinux  $SELINUX"
}

# Programs go to /usr/local, or to /opt/msp where /usr cannot be written.
choose_folders() {
  BIN=/usr/local/bin
  LIBEXEC=/usr/local/libexec/msp
  case $(mount_flags /usr/local) in
  *noexec*) fail E231 /usr/local noexec "$(mount_point_of /usr/local)" ;;
  ro,* | ro)
    BIN=/opt/msp/bin
    LIBEXEC=/opt/msp/libexec
    opt_flags=$(mount_flags /opt/msp)
    case $opt_flags in
    ro,* | ro) fail E231 /opt/msp ro "$(mount_point_of /opt/msp)" ;;
    *noexec*) fail E231 /opt/msp noexec "$(mount_point_of /opt/msp)" ;;
    esac
    ;;
  esac
}

mount_flags() {
  awk -v at="$(mount_point_of "$1")" '$2 == at { flags = $4 } END { print flags }' /proc/mounts
}

# For each program that comes: 110 MB unpacked, 50 MB packed, and the same again
# from a bundle.
check_space() {
  STEP='check free space'
  needed_mb=0
  for program in $NEW_PROGRAMS; do
    needed_mb=$((needed_mb + 220))
  done
  free=$(free_mb "$LIBEXEC")
  if [ -n "$free" ] && [ "$free" -lt "$needed_mb" ]; then
    fail E230 "$needed_mb" "$(mount_point_of "$LIBEXEC")" "$free"
  fi
}
