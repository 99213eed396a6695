#!/bin/sh
# Writes Nginx's configuration from the files beside it and the environment,
# then becomes Nginx. Runs as any user; writes below WORK only.
set -eu

HERE=$(cd "$(dirname "$0")" && pwd)
NAMES="WORK PUBLIC_URL TLS ALLOW_HTTP_WRITE HSTS_MAX_AGE BASIC_AUTH WRITE_RATE
HTTP_PORT HTTPS_PORT VMAUTH GRAFANA ALERTMANAGER RESOLVER TLS_DIR HTPASSWD DIST_DIR
ACME_DIR ACCESS_LOG"

fail() {
  printf 'nginx: %s\n' "$1" >&2
  exit 1
}

defaults() {
  : "${WORK:=/tmp/nginx}" "${TLS_MODE:=off}" "${ALLOW_HTTP_WRITE:=true}"
  : "${HSTS_MAX_AGE:=0}" "${BASIC_AUTH:=on}" "${WRITE_RATE:=500}"
  : "${HTTP_PORT:=8880}" "${HTTPS_PORT:=8443}" "${RESOLVER:=127.0.0.11}"
  : "${VMAUTH:=vmauth:8427}" "${GRAFANA:=grafana:3000}"
  : "${ALERTMANAGER:=alertmanager:9093}"
  : "${TLS_DIR:=/run/tls}" "${HTPASSWD:=/run/secrets/nginx_htpasswd}"
  : "${DIST_DIR:=/srv/dist}" "${ACME_DIR:=/srv/acme}"
  : "${ACCESS_LOG:=/dev/stdout}" "${CERTIFICATE_CHECK_SECONDS:=30}"
  TLS=on
  if [ "$TLS_MODE" = off ]; then TLS=off; fi
}

check() {
  case $ALLOW_HTTP_WRITE in true | false) ;; *) fail "ALLOW_HTTP_WRITE is '$ALLOW_HTTP_WRITE': write true or false" ;; esac
  case $BASIC_AUTH in on | off) ;; *) fail "BASIC_AUTH is '$BASIC_AUTH': write on or off" ;; esac
  case $TLS_MODE in off | selfsigned | files | letsencrypt) ;; *) fail "TLS_MODE is '$TLS_MODE': write off, selfsigned, files or letsencrypt" ;; esac
  value=
  for name in $NAMES; do
    eval "value=\$$name"
    # Anything else could end a directive, or sed's command.
    case $value in
    '') fail "$name is empty: set it in .env" ;;
    *[!][A-Za-z0-9._:/@,-]*) fail "$name holds a character that it must not" ;;
    esac
  done
}

render() {
  rm -rf "$WORK/conf"
  mkdir -p "$WORK/conf"
  script=
  value=
  for name in $NAMES; do
    eval "value=\$$name"
    script="$script;s|@$name@|$value|g"
  done
  for file in "$HERE"/*.conf; do
    sed "$script" "$file" >"$WORK/conf/${file##*/}"
  done
}

# Certificates are renewed without a restart, which would cut connections. By what
# they hold, because a copied file may be older than the one in use.
watch_certificate() {
  loaded=$(pair_sum)
  while sleep "$CERTIFICATE_CHECK_SECONDS" && kill -0 "$1" 2>/dev/null; do
    found=$(pair_sum)
    if [ "$found" != "$loaded" ]; then
      loaded=$found
      kill -HUP "$1"
    fi
  done
}

pair_sum() {
  cat "$TLS_DIR/server.pem" "$TLS_DIR/server.key" 2>/dev/null | cksum
}

main() {
  defaults
  check
  render
  if [ "$TLS" = on ]; then watch_certificate $$ & fi
  exec nginx -c "$WORK/conf/nginx.conf" -e stderr -g 'daemon off;'
}

main "$@"
