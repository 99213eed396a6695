#!/bin/sh
# The rules on URLs and on the flags of the relay.
# shellcheck disable=SC2034 # other parts use these variables

CENTRE_PATH=/api/v1/write
RELAY_PATH=/api/v1/metrics/write

check_destination() {
  case $F_MODE in
  relay-agent)
    refuse_foreign remote-write-url "$F_REMOTE_WRITE_URL" direct relay-url
    if need relay-url "$F_RELAY_URL" "$ASK_EN" "$ASK_KO"; then
      check_push_url relay-url "$F_RELAY_URL" "$RELAY_PATH"
      if [ -z "$USAGE_ID" ]; then check_not_self; fi
    fi
    PUSH_URL=$F_RELAY_URL
    ;;
  *)
    refuse_foreign relay-url "$F_RELAY_URL" relay-agent remote-write-url
    if need remote-write-url "$F_REMOTE_WRITE_URL" "$ASK_EN" "$ASK_KO"; then
      check_push_url remote-write-url "$F_REMOTE_WRITE_URL" "$CENTRE_PATH"
    fi
    PUSH_URL=$F_REMOTE_WRITE_URL
    ;;
  esac
}

refuse_foreign() {
  if [ -n "$2" ]; then usage_error E123 "$1" "$3" "$F_MODE" "$4"; fi
}

# Splits a URL into URL_SCHEME, URL_AUTHORITY, URL_HOST, URL_PORT (may be
# empty) and URL_PATH.
split_url() {
  URL_SCHEME=${1%%://*}
  url_rest=${1#*://}
  URL_AUTHORITY=${url_rest%%/*}
  case $url_rest in
  */*) URL_PATH=/${url_rest#*/} ;;
  *) URL_PATH= ;;
  esac
  case $URL_AUTHORITY in
  \[*\]:*) URL_HOST=${URL_AUTHORITY%:*} URL_PORT=${URL_AUTHORITY##*:} ;;
  \[*\]) URL_HOST=$URL_AUTHORITY URL_PORT= ;;
  *:*) URL_HOST=${URL_AUTHORITY%:*} URL_PORT=${URL_AUTHORITY##*:} ;;
  *) URL_HOST=$URL_AUTHORITY URL_PORT= ;;
  esac
}

# Rules that hold for every URL. $1 flag, $2 URL, $3 an example, $4 the path it
# has to end in; fails when the URL is wrong.
check_plain_url() {
  url_shown=$(shown "$(masked_url "$2")")
  case $2 in
  *'<'* | *'['[!0-9a-fA-F:]* | *'$'*)
    usage_error E122 "$1" "$url_shown" "$(placeholder_fix "$1")" \
      "$(placeholder_fix_ko "$1")"
    return 1
    ;;
  http://* | https://*) ;;
  *)
    url_host=${2#*://}
    usage_error E120 "$1" "$url_shown" "https://$(shown "$(masked_url "${url_host%%/*}")")$4"
    return 1
    ;;
  esac
  split_url "$2"
  url_fault "$@"
}

placeholder_fix() {
  case $1 in
  relay-url) echo "the relay's internal IP, for example 10.0.1.5" ;;
  *) echo 'the real host name, for example metrics.example' ;;
  esac
}

placeholder_fix_ko() {
  case $1 in
  relay-url) echo '릴레이 내부 IP로 바꾸세요. 예: 10.0.1.5' ;;
  *) echo '실제 호스트 이름으로 바꾸세요. 예: metrics.example' ;;
  esac
}

url_fault() {
  case $2 in
  *' '* | *"$(printf '\t')"*) url_error "$1" 'holds a space' '공백이 있습니다' "$3" && return 1 ;;
  *'?'* | *'#'*) url_error "$1" 'holds a query or fragment' '? 나 # 이 있습니다' "$3" && return 1 ;;
  esac
  case $URL_AUTHORITY in
  *@*) url_error "$1" 'holds a user name or password' '사용자 이름이나 암호가 있습니다' "$3" && return 1 ;;
  esac
  case $URL_HOST in
  '') url_error "$1" 'names no host' '호스트가 없습니다' "$3" && return 1 ;;
  *.) url_error "$1" 'has a host name that ends in a dot' '호스트 이름이 점으로 끝납니다' "$3" && return 1 ;;
  \[*) ;;
  *[!A-Za-z0-9._-]*) url_error "$1" 'has a host name with other characters than a-z, 0-9, - and .' \
    '호스트 이름에 쓸 수 없는 글자가 있습니다' "$3" && return 1 ;;
  esac
  if [ -n "$URL_PORT" ] && ! is_port "$URL_PORT"; then
    url_error "$1" 'has a port that is not 1 to 65535' '포트가 1~65535 가 아닙니다' "$3"
    return 1
  fi
  case $2 in
  *[!A-Za-z0-9._:/%+,=\[\]-]*) url_error "$1" 'holds a character that a URL may not hold' \
    '주소에 쓸 수 없는 글자가 있습니다' "$3" && return 1 ;;
  esac
  return 0
}

url_error() {
  usage_error E126 "$1" "$url_shown" "$2" "$3" "$4"
}

is_port() {
  case $1 in
  '' | *[!0-9]* | ??????*) return 1 ;;
  esac
  [ "$1" -ge 1 ] && [ "$1" -le 65535 ]
}

# $1 flag, $2 URL, $3 the path it has to end in.
check_push_url() {
  check_plain_url "$1" "$2" "$(example_of "$1")" "$3" || return 0
  right=$URL_SCHEME://$URL_AUTHORITY
  if [ "$1" = relay-url ] && [ -z "$URL_PORT" ]; then
    url_error "$1" 'has no port' '포트가 없습니다' "$right:9999$3"
    return
  fi
  case $URL_PATH in
  *"$3") ;;
  *)
    usage_error E121 "$1" "$(shown "${URL_PATH:-/}")" "$right$3"
    return
    ;;
  esac
  check_encryption
}

# Plain http to a private network is a warning, to anywhere else an error.
check_encryption() {
  if [ "$URL_SCHEME" = https ]; then return; fi
  case $URL_HOST in
  127.* | localhost | '[::1]') return ;;
  esac
  if is_private_host "$URL_HOST"; then
    PLAIN_NOTE=$(t 'plain http, private network' '평문 http, 사설망')
    if [ -n "$F_TOKEN" ]; then
      warn "$(t "token and metrics travel unencrypted to $URL_HOST (private network)" \
        "토큰과 지표가 $URL_HOST 까지 암호화되지 않고 갑니다 (사설망)")"
    fi
  elif [ -z "$F_INSECURE_HTTP" ]; then
    usage_error E124 "$URL_HOST"
  else
    PLAIN_NOTE=$(t 'plain http, accepted with --insecure-http' '평문 http, --insecure-http 로 허용함')
    warn "$PLAIN_NOTE"
  fi
}

is_private_host() {
  case $1 in
  *[!0-9.]*)
    case $1 in
    '['[Ff][CcDd]*) return 0 ;;
    *) return 1 ;;
    esac
    ;;
  10.*.*.* | 192.168.*.*) return 0 ;;
  172.1[6-9].*.* | 172.2[0-9].*.* | 172.3[01].*.*) return 0 ;;
  100.6[4-9].*.* | 100.[7-9][0-9].*.* | 100.1[01][0-9].*.* | 100.12[0-7].*.*) return 0 ;;
  *) return 1 ;;
  esac
}

own_addresses() {
  { hostname -I 2>/dev/null || ip -o addr 2>/dev/null | awk '{ sub("/.*", "", $4); print $4 }'; } |
    tr ' ' '\n' | grep . || true
}

check_not_self() {
  split_url "$F_RELAY_URL"
  bare_host=${URL_HOST#\[}
  bare_host=${bare_host%\]}
  case $bare_host in
  127.* | localhost | ::1) usage_error E125 "$bare_host" && return ;;
  esac
  if own_addresses | grep -qxF "$bare_host"; then usage_error E125 "$bare_host"; fi
}
