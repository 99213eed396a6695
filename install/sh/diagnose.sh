#!/bin/sh
# --diagnose: a report on this host, without secrets, for a ticket. Changes nothing.
# shellcheck disable=SC2034 # other parts use these variables

diagnose_action() {
  STEP='diagnose'
  read_installed
  UI_LANG=en
  {
    report_host
    for service in msp-relay msp-agent; do report_service "$service"; done
    report_settings
    report_network
    report_delivery
  } 2>&1 | mask_secrets
  FINISHED=1
  exit 0
}

section() {
  printf '\n== %s\n' "$1"
}

report_host() {
  section host
  echo "install.sh $VERSION, $(date -u +%Y-%m-%dT%H:%M:%SZ)"
  os_name
  echo
  uname -srm
  getconf GNU_LIBC_VERSION || true
  echo "cpu: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sort | uniq -c | head -n 1)"
  echo "avx2: $(grep -qw avx2 /proc/cpuinfo && echo yes || echo no)"
  echo "init: $(cat /proc/1/comm), systemd $(systemctl --version 2>/dev/null | head -n 1)"
  echo "selinux: $(getenforce 2>/dev/null || echo none)"
  echo "proc: $(grep ' /proc ' /proc/mounts | head -n 1)"
  df -Pk /usr/local /var/lib
}

report_service() {
  if [ ! -e "$UNIT_DIR/$1.service" ]; then return; fi
  section "$1"
  for folder in /usr/local/bin /opt/msp/bin; do
    if [ -L "$folder/$1" ]; then
      ls -l "$folder/$1"
      "$folder/$1" version || true
    fi
  done
  systemctl show "$1" -p ActiveState -p SubState -p MainPID -p NRestarts -p ExecMainStatus \
    -p Result -p MemoryCurrent -p StatusText || true
  journalctl -u "$1" -n 50 --no-pager || true
}

report_settings() {
  section settings
  for file in "$AGENT_ENV" "$RELAY_ENV"; do
    if [ -e "$file" ]; then
      ls -l "$file"
      cat "$file"
    fi
  done
  ls -ld /var/lib/msp-agent /var/lib/msp 2>/dev/null || true
  du -sk /var/lib/msp-agent /var/lib/msp 2>/dev/null || true
}

report_network() {
  section network
  env | grep -i '_proxy=' || echo 'no proxy variables'
  own_addresses
  for tool in 'ufw status' 'firewall-cmd --list-all' 'iptables -S INPUT' 'nft list ruleset'; do
    if command -v "${tool%% *}" >/dev/null 2>&1; then
      echo "-- $tool"
      $tool 2>&1 | grep -e 9999 -e msp -e active -e running -e policy || true
    fi
  done
}

report_delivery() {
  for folder in /usr/local/bin /opt/msp/bin; do
    if [ -x "$folder/msp-agent" ] && [ -e "$AGENT_ENV" ]; then
      section 'delivery (msp-agent check)'
      run_as_service msp-agent 90 "$folder/msp-agent" check --wait=20s || true
    fi
  done
}

# Passwords in URLs, and whatever follows the word token or Bearer.
mask_secrets() {
  sed -e 's|\(://\)[^/@ ]*@|\1***@|g' -e 's/\([Bb]earer \)[^ "]*/\1***/g' \
    -e '/TOKEN_FILE/!s/\([Tt][Oo][Kk][Ee][Nn]=\)[^ ]*/\1***/g'
}
