#!/bin/sh
# Gets and renews the certificate of PUBLIC_URL's host, and puts it where Nginx
# looks. Nginx goes on answering all the while.
set -eu

: "${LETSENCRYPT_EMAIL:=}" "${RENEW_EVERY_SECONDS:=43200}"
: "${LIVE:=/letsencrypt/config/live}" "${TLS_DIR:=/run/tls}"

host_of() {
  host=${1#*://}
  printf '%s' "${host%%[:/]*}"
}

obtain() {
  if [ -n "$LETSENCRYPT_EMAIL" ]; then
    set -- --email "$LETSENCRYPT_EMAIL"
  else
    set -- --register-unsafely-without-email
  fi
  certbot certonly --non-interactive --agree-tos --keep-until-expiring \
    --config-dir /letsencrypt/config --work-dir /letsencrypt/work \
    --logs-dir /letsencrypt/logs \
    --webroot --webroot-path /srv/acme --domain "$host" "$@"
}

# Where Nginx looks between the two, it goes on with those that it has.
publish() {
  live=$LIVE/$host
  if cmp -s "$live/fullchain.pem" "$TLS_DIR/server.pem"; then return 0; fi
  umask 077
  cp "$live/privkey.pem" "$TLS_DIR/.server.key"
  cp "$live/fullchain.pem" "$TLS_DIR/.server.pem"
  mv "$TLS_DIR/.server.key" "$TLS_DIR/server.key"
  mv "$TLS_DIR/.server.pem" "$TLS_DIR/server.pem"
  echo "letsencrypt: new certificate for $host"
}

main() {
  host=$(host_of "$PUBLIC_URL")
  while :; do
    if obtain; then publish; else echo "letsencrypt: failed, again later" >&2; fi
    sleep "$RENEW_EVERY_SECONDS"
  done
}

main "$@"
