#!/bin/sh
# Checks every setting and reports all that is wrong at once. Needs no root, no
# network, and changes nothing.
# shellcheck disable=SC2034 # other parts use these variables

# Who has the line to run: "mspctl customer add" prints it at the centre.
ASK_EN='ask the operator of the centre for the line to run (mspctl customer add prints it)'
ASK_KO='중앙 서버 운영자에게 설치 명령을 받으세요 (mspctl customer add 가 출력합니다)'

validate_settings() {
  check_mode
  check_identity
  check_sources
  check_token_flags
  if [ -n "$F_CA_FILE" ]; then check_ca_file; fi
  # Everything below depends on the mode.
  case $F_MODE in
  direct | relay-server | relay-agent) ;;
  *) return 0 ;;
  esac
  check_destination
  check_relay_flags
}

check_mode() {
  case $F_MODE in
  direct | relay-server | relay-agent) ;;
  '') usage_error E101 ;;
  *) usage_error E102 "$(shown "$F_MODE")" ;;
  esac
  if [ -n "$F_RELAY_ONLY" ] && [ "$F_MODE" != relay-server ]; then
    usage_error E153 relay-only "${F_MODE:-?}"
  fi
}

# Asks for a value that the mode cannot do without.
need() {
  if [ -n "$2" ]; then return 0; fi
  # A mode that is wrong itself would only be repeated.
  case $F_MODE in
  direct | relay-server | relay-agent) usage_error E107 "$1" "$F_MODE" "$3" "$4" ;;
  esac
  return 1
}

check_identity() {
  host=$(hostname -s 2>/dev/null || hostname 2>/dev/null || echo web-01)
  if need customer-id "$F_CUSTOMER_ID" "$ASK_EN" "$ASK_KO"; then
    if ! is_customer_id "$F_CUSTOMER_ID"; then
      usage_error E108 "$(shown "$F_CUSTOMER_ID")" "$(slug "$F_CUSTOMER_ID" kt-cloud)"
    fi
  fi
  if need server-name "$F_SERVER_NAME" "write --server-name=$host" "예: --server-name=$host"; then
    if ! is_server_name "$F_SERVER_NAME"; then
      usage_error E109 "$(shown "$F_SERVER_NAME")" "$host"
    fi
  fi
  if need csp "$F_CSP" 'write --csp=kt, or naver, nhn, aws, onprem, x-NAME' \
    '예: --csp=kt (naver, nhn, aws, onprem, x-이름)'; then
    if ! is_csp "$F_CSP"; then
      usage_error E110 "$(shown "$F_CSP")" "$(slug "$F_CSP" name)"
    fi
  fi
  if need region "$F_REGION" 'write --region=kc1' '예: --region=kc1'; then
    if ! is_region "$F_REGION"; then usage_error E111 "$(shown "$F_REGION")"; fi
  fi
  case ${F_ENVIRONMENT:-prod} in
  prod | staging | test | dev) ;;
  *) usage_error E112 "$(shown "$F_ENVIRONMENT")" ;;
  esac
}

is_customer_id() {
  case $1 in
  '' | *[!a-z0-9-]* | -* | *-) return 1 ;;
  esac
  [ ${#1} -le 63 ]
}

is_server_name() {
  case $1 in
  '' | *[!A-Za-z0-9._-]* | [._-]* | *[._-]) return 1 ;;
  esac
  [ ${#1} -le 128 ]
}

is_region() {
  case $1 in
  '' | *[!a-z0-9-]* | -*) return 1 ;;
  esac
  [ ${#1} -le 32 ]
}

is_csp() {
  case $1 in
  kt | naver | nhn | aws | onprem) return 0 ;;
  x-*) is_region "${1#x-}" && [ ${#1} -le 33 ] ;;
  *) return 1 ;;
  esac
}

# The value in allowed characters, or the second one when nothing is left of it.
slug() {
  slugged=$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]' | tr -c 'a-z0-9' '-' |
    sed 's/--*/-/g; s/^-//; s/-$//')
  printf '%s' "${slugged:-$2}"
}

check_sources() {
  if [ -n "$F_OFFLINE" ] && [ -n "$F_BASE_URL" ]; then usage_error E143; fi
  for flag in checksum relay-checksum; do
    eval "value=\$F_$(variable_of "$flag")"
    if [ -n "$value" ] && ! is_sha256 "$value"; then usage_error E141 "$flag" "$(shown "$value")"; fi
  done
  case ${F_VERSION#v} in
  '' | latest) ;;
  *[!0-9A-Za-z.-]* | [!0-9]*)
    usage_error E140 "$(shown "$F_VERSION")" "$(masked_url "${F_BASE_URL:-$DEFAULT_BASE_URL}")" "$VERSION"
    ;;
  esac
  if [ -n "$F_BASE_URL" ]; then check_plain_url base-url "$F_BASE_URL" http://10.0.1.5:9999/dl ''; fi
  if [ -n "$F_PROXY" ]; then check_proxy; fi
}

# Lower or upper case hexadecimal digits, 64 of them.
is_sha256() {
  case $1 in
  *[!0-9A-Fa-f]*) return 1 ;;
  esac
  [ ${#1} -eq 64 ]
}

check_proxy() {
  case $F_PROXY in
  http://* | https://*) ;;
  *) usage_error E120 proxy "$(shown "$(masked_url "$F_PROXY")")" "http://$(shown "$(masked_url "$F_PROXY")")" && return ;;
  esac
  case $F_PROXY in
  *[!A-Za-z0-9._:/@%+,=-]*)
    usage_error E126 proxy "$(shown "$(masked_url "$F_PROXY")")" \
      'holds a character that has to be written as %XX' '%XX 로 써야 하는 글자가 있습니다' \
      http://10.0.0.1:3128
    ;;
  esac
}

check_token_flags() {
  if [ -n "$F_TOKEN" ] && [ -n "$F_TOKEN_FILE" ]; then
    usage_error E132
  elif [ -n "$F_TOKEN" ]; then
    case $F_TOKEN in
    *[!\!-~]* | *\"* | *\\*) usage_error E126 token '***' 'holds blanks, quotes or characters beyond ASCII' \
      '공백, 따옴표나 ASCII 밖의 글자가 있습니다' --token-file=FILE ;;
    esac
    warn "$(t '--token shows in the process list and in the shell history: use --token-file' \
      '--token 은 프로세스 목록과 셸 기록에 남습니다. --token-file 을 쓰세요')"
  elif [ -n "$F_TOKEN_FILE" ]; then
    check_token_file
  fi
}

token_file_error() {
  usage_error E131 "$(shown "$F_TOKEN_FILE")" "$1" "$2"
}

# Reads the token into F_TOKEN.
check_token_file() {
  if [ "$F_TOKEN_FILE" = - ]; then
    token_file_error 'is stdin, which is this script' '표준 입력은 이 스크립트입니다' && return
  fi
  token_path=$(from_start "$F_TOKEN_FILE")
  if [ ! -f "$token_path" ] || [ ! -r "$token_path" ]; then
    token_file_error 'cannot be read' '읽을 수 없습니다'
  elif [ "$(wc -c <"$token_path")" -gt 4096 ]; then
    token_file_error 'is longer than 4 KiB' '4 KiB 보다 깁니다'
  elif [ "$(grep -c . "$token_path")" -gt 1 ]; then
    token_file_error 'holds several lines' '여러 줄입니다'
  else
    F_TOKEN=$(tr -d '\r\n' <"$token_path")
    case $F_TOKEN in
    '') token_file_error 'is empty' '비어 있습니다' ;;
    *[!\!-~]* | *\"* | *\\*) token_file_error 'holds blanks, quotes or characters beyond ASCII' \
      '공백, 따옴표나 ASCII 밖의 글자가 있습니다' ;;
    esac
  fi
}

ca_file_error() {
  usage_error E160 "$(shown "$F_CA_FILE")" "$1" "$2"
}

check_ca_file() {
  CA_SOURCE=$(from_start "$F_CA_FILE")
  if [ ! -f "$CA_SOURCE" ] || [ ! -r "$CA_SOURCE" ]; then
    ca_file_error 'cannot be read' '읽을 수 없습니다'
  elif grep -q 'PRIVATE KEY' "$CA_SOURCE"; then
    ca_file_error 'holds a private key instead of a certificate' '인증서가 아니라 개인 키입니다'
  elif ! grep -q 'BEGIN CERTIFICATE' "$CA_SOURCE"; then
    ca_file_error 'is not PEM' 'PEM 형식이 아닙니다'
  elif command -v openssl >/dev/null 2>&1 &&
    ! openssl x509 -checkend 0 -noout -in "$CA_SOURCE" >/dev/null 2>&1; then
    ca_file_error 'has expired or cannot be read by openssl' '만료되었거나 openssl 이 읽지 못합니다'
  fi
}
