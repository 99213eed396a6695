#!/bin/sh
# HTTP with whatever the host has: curl, GNU wget, or BusyBox's wget. Token and
# proxy go through files that only root reads, never through the command line.
# shellcheck disable=SC2034 # other parts use these variables

# Fetches $1 into the file $2. The status is in HTTP_CODE, the tool's own exit
# code in FETCH_EXIT, its words in FETCH_WORDS. Stops after $3 s if given.
fetch() {
  fetch_err=$STAGING/fetch.err
  FETCH_EXIT=0
  case $FETCH in
  curl) fetch_curl "$@" || FETCH_EXIT=$? ;;
  *) fetch_wget "$@" || FETCH_EXIT=$? ;;
  esac
  FETCH_WORDS=$(tail -n 1 "$fetch_err" 2>/dev/null | tr -d '\r' || true)
  [ "$FETCH_EXIT" = 0 ]
}

# Within this machine: not through the proxy, nor one of the environment.
fetch_direct() {
  FETCH_DIRECT=1
  direct_exit=0
  fetch "$@" || direct_exit=1
  FETCH_DIRECT=
  return "$direct_exit"
}

# -q comes first: a user's .curlrc must not change what happens here.
fetch_curl() {
  set -- "$@" ''
  fetch_url=$1 fetch_out=$2 fetch_limit=$3
  set -- -fL --connect-timeout 10 --speed-limit 1024 --speed-time 30
  case $fetch_url in
  https:*) set -- "$@" --proto =https ;;
  *) set -- "$@" --proto =http,https ;;
  esac
  if [ -n "$fetch_limit" ]; then set -- "$@" --max-time "$fetch_limit"; fi
  if [ -n "$CA_BUNDLE" ]; then set -- "$@" --cacert "$CA_BUNDLE"; fi
  if [ -n "$FETCH_DIRECT" ]; then
    set -- "$@" --noproxy '*'
  elif [ -n "$F_PROXY" ]; then
    set -- "$@" -K "$STAGING/proxy.curl" --noproxy "$NO_PROXY_LIST"
  fi
  if [ -n "$FETCH_POST" ]; then set -- "$@" --data-binary "@$FETCH_POST" -K "$STAGING/push.curl"; fi
  if [ -n "$FETCH_HEADERS" ]; then set -- "$@" -D "$FETCH_HEADERS"; fi
  # -w prints the status, whatever the language and form of curl's words.
  set -- "$@" -w '%{http_code}' -o "$fetch_out" "$fetch_url"
  if [ -n "$FETCH_BAR" ]; then set -- -C - "$@"; fi
  : >"$fetch_err"
  curl_exit=0
  if [ -t 2 ] && [ -z "$F_QUIET" ] && [ -n "$FETCH_BAR" ]; then
    in_background curl -q -# "$@" >"$STAGING/status" || curl_exit=$?
  else
    in_background curl -q -sS "$@" >"$STAGING/status" 2>"$fetch_err" || curl_exit=$?
  fi
  HTTP_CODE=$(cat "$STAGING/status")
  return "$curl_exit"
}

fetch_wget() {
  fetch_url=$1 fetch_out=$2 fetch_limit=${3:-}
  if [ -n "$FETCH_DIRECT" ]; then
    unset http_proxy https_proxy
  elif [ -n "$F_PROXY" ]; then
    export http_proxy="$F_PROXY" https_proxy="$F_PROXY" no_proxy="$NO_PROXY_LIST"
  fi
  HTTP_CODE=
  if [ "$FETCH" = wget ]; then
    # BusyBox's: its -T makes some builds crash, so the time is limited around it.
    set -- wget -O "$fetch_out" "$fetch_url"
    if command -v timeout >/dev/null 2>&1; then set -- timeout "${fetch_limit:-1800}" "$@"; fi
    wget_exit=0
    in_background "$@" 2>"$fetch_err" || wget_exit=$?
    HTTP_CODE=$(sed -n 's/.*HTTP\/1.[01] \([0-9]*\).*/\1/p' "$fetch_err" | tail -n 1)
    return "$wget_exit"
  fi
  fetch_gnu_wget
}

fetch_gnu_wget() {
  set -- -T "${fetch_limit:-30}" -t 1 -nv -O "$fetch_out"
  if [ -n "$FETCH_DIRECT" ]; then set -- "$@" --no-proxy; fi
  if [ -n "$FETCH_BAR" ]; then set -- "$@" -c; fi
  if [ -n "$CA_BUNDLE" ]; then set -- "$@" --ca-certificate="$CA_BUNDLE"; fi
  if [ -n "$FETCH_POST" ]; then
    set -- "$@" --post-file="$FETCH_POST"
    export WGETRC="$STAGING/push.wget"
  fi
  if [ -n "$FETCH_HEADERS" ]; then set -- "$@" -S; fi
  wget_exit=0
  in_background wget "$@" "$fetch_url" 2>"$fetch_err" || wget_exit=$?
  unset WGETRC
  HTTP_CODE=$(sed -n 's/.*ERROR \([45][0-9][0-9]\).*/\1/p; s/.* HTTP\/1.[01] \([0-9]*\).*/\1/p' "$fetch_err" | tail -n 1)
  if [ -n "$FETCH_HEADERS" ]; then grep '^  ' "$fetch_err" >"$FETCH_HEADERS" || true; fi
  return "$wget_exit"
}

# Waits in a way that a signal interrupts: the shell would otherwise only look at
# it once the download has ended.
in_background() {
  "$@" &
  CHILD=$!
  child_exit=0
  wait "$CHILD" || child_exit=$?
  CHILD=
  return "$child_exit"
}

# Ends the script with the reason for which $1 could not be fetched, and what to
# do about it: $2 and $3, or what helps a download.
fail_fetch() {
  split_url "$1"
  status=$HTTP_CODE
  where=$(masked_url "$1")
  fix_en=${2:-look at the network, give --proxy=URL or --base-url=URL, or use --offline=BUNDLE (sudo drops HTTPS_PROXY)}
  fix_ko=${3:-네트워크를 확인하거나 --proxy=URL, --base-url=URL, --offline=번들 을 쓰세요 (sudo 는 HTTPS_PROXY 를 지웁니다)}
  if [ "$status" = 407 ]; then
    fail E220 "the proxy wants a login (407) for $where" "프록시가 로그인을 요구합니다 (407): $where" \
      'give --proxy=http://NAME:PASSWORD@HOST:PORT' '--proxy=http://이름:암호@호스트:포트 를 쓰세요'
  elif [ "${status:-0}" -ge 300 ]; then
    fail E220 "$where answered with status $status" "$where 이(가) $status 로 답했습니다" "$fix_en" "$fix_ko"
  fi
  case $FETCH:$FETCH_EXIT in
  curl:5) fail E220 "cannot resolve the proxy's name" '프록시 이름을 찾을 수 없습니다' "$fix_en" "$fix_ko" ;;
  curl:6) fail E220 "cannot resolve $URL_HOST (DNS)" "$URL_HOST 을(를) 찾을 수 없습니다 (DNS)" "$fix_en" "$fix_ko" ;;
  curl:7) fail E220 "cannot connect to $URL_AUTHORITY" "$URL_AUTHORITY 에 연결할 수 없습니다" "$fix_en" "$fix_ko" ;;
  curl:28) fail E220 "no answer in time from $URL_AUTHORITY" "$URL_AUTHORITY 의 응답이 없습니다" "$fix_en" "$fix_ko" ;;
  curl:35 | curl:51 | curl:60 | curl:77 | *wget:5)
    fail E220 "the certificate of $URL_HOST is not trusted (TLS): $FETCH_WORDS" \
      "$URL_HOST 의 인증서를 믿을 수 없습니다 (TLS): $FETCH_WORDS" \
      'name the CA with --ca-file=PEM, update ca-certificates, or use --offline=BUNDLE' \
      '--ca-file=PEM 을 주거나 ca-certificates 를 갱신하거나 --offline=번들 을 쓰세요'
    ;;
  esac
  fail E220 "cannot fetch $where: ${FETCH_WORDS:-code $FETCH_EXIT}" \
    "$where 을(를) 가져올 수 없습니다: ${FETCH_WORDS:-코드 $FETCH_EXIT}" "$fix_en" "$fix_ko"
}

# The system's authorities and a further one, in one file: that of --ca-file, or
# the one that an installation before was given and goes on with.
prepare_ca() {
  CA_BUNDLE=
  further=
  for ca in ${F_CA_FILE:+"$CA_SOURCE"} "$AGENT_ETC/ca.pem" "$RELAY_ETC/ca.pem"; do
    if [ -z "$further" ] && [ -r "$ca" ]; then further=$ca; fi
  done
  if [ -z "$further" ]; then return; fi
  CA_BUNDLE=$STAGING/ca.pem
  for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt \
    /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do
    if [ -r "$bundle" ]; then cat "$bundle" && break; fi
  done >"$CA_BUNDLE"
  cat "$further" >>"$CA_BUNDLE"
}

# The proxy in a file that curl reads, as it may hold a password; and the hosts
# that are reached without it: those named before, this machine and the relay.
prepare_proxy() {
  if [ -n "$F_PROXY" ] &&
    ! (umask 077 && printf 'proxy = "%s"\n' "$F_PROXY" >"$STAGING/proxy.curl"); then
    fail E232 "$(t 'write' '쓰기') $STAGING"
  fi
  NO_PROXY_LIST=${NO_PROXY:-${no_proxy:-$(env_file_value "$PUSH_ENV" NO_PROXY)}}
  NO_PROXY_LIST=$(printf '%s' "$NO_PROXY_LIST" | tr -d ' ')
  near_hosts='localhost 127.0.0.1 ::1'
  if [ "$F_MODE" = relay-agent ]; then
    split_url "$F_RELAY_URL"
    near_hosts="$near_hosts $URL_HOST"
  fi
  for host in $near_hosts; do
    case ",$NO_PROXY_LIST," in
    *",$host,"*) ;;
    *) NO_PROXY_LIST=${NO_PROXY_LIST:+$NO_PROXY_LIST,}$host ;;
    esac
  done
}
