#!/bin/sh
# Whether the three servers arrived, each customer sees its own, and nobody else's.
set -eu

: "${VMAUTH:=http://vmauth:8427}" "${READERS:=/run/readers}" "${TIMEOUT_SECONDS:=90}"

# ask CUSTOMER PATH
ask() {
  wget -qO- --header "Authorization: Bearer $(cat "$READERS/$1")" "$VMAUTH$2" || true
}

# Customers and servers whose samples this reader sees, one a line.
servers_of() {
  ask "$1" "/api/v1/series?match[]=node_time_seconds" | tr '}' '\n' |
    sed -n 's/.*"customer_id":"\([^"]*\)".*"server_name":"\([^"]*\)".*/\1 \2/p' |
    sort -u
}

# expect READER LIST
expect() {
  seen=
  waited=0
  while [ "$waited" -lt "$TIMEOUT_SECONDS" ]; do
    seen=$(servers_of "$1")
    if [ "$seen" = "$2" ]; then
      printf 'ok    %s sees: %s\n' "$1" "$(printf '%s' "$seen" | tr '\n' ',')"
      return 0
    fi
    sleep 1
    waited=$((waited + 1))
  done
  printf 'FAIL  %s sees "%s", not "%s"\n' "$1" "$seen" "$2" >&2
  return 1
}

main() {
  expect msp "demo web-01
test web-01"
  expect demo "demo web-01"
  expect test "test web-01"
}

main "$@"
