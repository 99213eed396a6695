#!/bin/sh
# Errors of the command line: id, English text and fix, Korean text and fix.
# shellcheck disable=SC2034 # other parts use these variables

# Sets WHAT and FIX for an error id; what follows are the values it mentions.
message() {
  case $1 in
  E1*) usage_message "$@" ;;
  *) host_message "$@" ;;
  esac
}

# Text and fix in English, then in Korean.
m() {
  if [ "$UI_LANG" = ko ]; then
    WHAT=$3 FIX=$4
  else
    WHAT=$1 FIX=$2
  fi
}

usage_message() {
  case $1 in
  E101) m '--mode is missing' 'choose one: direct, relay-server, relay-agent' \
    '--mode 가 없습니다' 'direct, relay-server, relay-agent 중 하나를 고르세요' ;;
  E102) m "--mode \"$2\" is not known" \
    'gateway server: relay-server; server behind it: relay-agent; server with internet: direct' \
    "--mode \"$2\" 은(는) 없는 모드입니다" \
    '게이트웨이는 relay-server, 내부 서버는 relay-agent, 인터넷이 되는 서버는 direct' ;;
  E103) m "unknown flag \"$2\"" "${3:+did you mean --$3? }run with --help for all flags" \
    "알 수 없는 옵션 \"$2\"" "${3:+--$3 를 뜻하셨나요? }전체 목록은 --help" ;;
  E104) m "--$2 needs a value" "write --$2=$3" "--$2 값이 비었습니다" "예: --$2=$3" ;;
  E105) m "unexpected word \"$2\"" "values follow their flag: $3" \
    "알 수 없는 인자 \"$2\"" "$3 처럼 쓰세요" ;;
  E106) m "--$2 given twice: \"$3\" and \"$4\"" 'keep one' \
    "--$2 이(가) 두 번: \"$3\", \"$4\"" '하나만 남기세요' ;;
  E107) m "--$2 is needed in mode $3" "$4" "$3 모드에는 --$2 가 필요합니다" "$5" ;;
  E108) m "--customer-id \"$2\" may hold only a-z, 0-9 and -" "for example $3" \
    "--customer-id \"$2\": 소문자·숫자·하이픈만 쓸 수 있습니다" "예: $3" ;;
  E109) m "--server-name \"$2\" may hold only letters, digits, . _ -" \
    "for example web-01 (this host is named \"$3\")" \
    "--server-name \"$2\": 영문·숫자·. _ - 만 쓸 수 있습니다" \
    "예: web-01 (이 서버의 이름은 \"$3\")" ;;
  E110) m "--csp \"$2\" is not known" \
    "kt, naver, nhn, aws, onprem; for another provider write x-$3" \
    "--csp \"$2\" 은(는) 목록에 없습니다" \
    "kt, naver, nhn, aws, onprem; 그 밖의 사업자는 x-$3" ;;
  E111) m "--region \"$2\" may hold only a-z, 0-9 and -" \
    'for example kc1, ap-northeast-2, kr' \
    "--region \"$2\": 소문자·숫자·하이픈만 쓸 수 있습니다" '예: kc1, ap-northeast-2, kr' ;;
  E112) m "--environment \"$2\" is not known" 'choose one: prod, staging, test, dev' \
    "--environment \"$2\" 은(는) 없는 값입니다" 'prod, staging, test, dev 중 하나를 고르세요' ;;
  E113) m "$2 \"$3\" holds a typographic quote or a no-break space" \
    'type the value again: a messenger or a document has changed it' \
    "$2 \"$3\" 에 특수 따옴표나 특수 공백이 있습니다" \
    '값을 직접 다시 입력하세요. 메신저나 문서가 글자를 바꾸었습니다' ;;
  E114) m "--$2 and --$3 exclude each other" 'give one of them' \
    "--$2 와 --$3 는 함께 쓸 수 없습니다" '하나만 쓰세요' ;;
  E120) m "--$2 \"$3\" has no http:// or https://" "write $4" \
    "--$2 \"$3\" 에 http:// 또는 https:// 가 없습니다" "이렇게 쓰세요: $4" ;;
  E121) m "--$2 ends in \"$3\"" "did you mean $4?" \
    "--$2 의 끝이 \"$3\" 입니다" "이것을 뜻하셨나요? $4" ;;
  E122) m "--$2 still holds a placeholder: \"$3\"" "put $4" \
    "--$2 에 자리표시자가 남아 있습니다: \"$3\"" "$5" ;;
  E123) m "--$2 is for $3; mode is $4" "use --$5, or --mode=$3" \
    "--$2 는 $3 모드용입니다. 지금 모드는 $4" "--$5 를 쓰거나 --mode=$3 로 바꾸세요" ;;
  E124) m "token and metrics would travel unencrypted to $2" \
    'use https://, or add --insecure-http if this is accepted' \
    "암호화되지 않은 전송: 토큰과 지표가 $2 까지 그대로 갑니다" \
    'https 를 쓰거나, 감수한다면 --insecure-http 를 붙이세요' ;;
  E125) m "--relay-url names this machine itself: $2" \
    'this is the relay itself; use --mode=relay-server' \
    "--relay-url 이 이 서버 자신입니다: $2" '릴레이 자신에는 --mode=relay-server 를 쓰세요' ;;
  E126) m "--$2 \"$3\" $4" "for example $6" "--$2 \"$3\": $5" "예: $6" ;;
  E130) m 'the centre wants a token' '--token-file=FILE; ask the operator of the centre for one' \
    '토큰이 필요합니다' '중앙 서버 운영자에게 토큰을 받아 --token-file=파일' ;;
  E131) m "--token-file \"$2\" $3" 'write the token alone on the first line of a file' \
    "--token-file \"$2\": $4" '파일 첫 줄에 토큰만 쓰세요' ;;
  E132) m 'both --token and --token-file are given' 'give one' \
    '--token 과 --token-file 이 모두 있습니다' '하나만 쓰세요' ;;
  E140) m "version \"$2\" not found at $3" "released there: $4" \
    "버전 \"$2\" 이(가) $3 에 없습니다" "있는 버전: $4" ;;
  E141) m "--$2 is ${#3} characters long or not hexadecimal; a SHA-256 has 64 hexadecimal digits" \
    'copy it again from SHA256SUMS of the release' \
    "--$2 는 ${#3} 자이거나 16진수가 아닙니다. SHA-256 은 16진수 64자입니다" \
    '릴리스의 SHA256SUMS 에서 다시 복사하세요' ;;
  E142) m "--offline \"$2\" $3" "$5" "--offline \"$2\": $4" "$6" ;;
  E143) m 'both --offline and --base-url are given' 'choose one' \
    '--offline 과 --base-url 이 모두 있습니다' '하나만 고르세요' ;;
  E150) m "--listen \"$2\" $3" 'for example 0.0.0.0:9999' \
    "--listen \"$2\": $4" '예: 0.0.0.0:9999' ;;
  E151) m "--spool \"$2\" $3" "$5" "--spool \"$2\": $4" "$6" ;;
  E152) m "--spool-max \"$2\" $3" 'for example 2GiB, at most half of the free space' \
    "--spool-max \"$2\": $4" '예: 2GiB, 남은 공간의 절반까지' ;;
  E153) m "--$2 has no meaning in mode $3" 'it is for --mode=relay-server: leave it out' \
    "--$2 는 $3 모드에서 쓰이지 않습니다" '--mode=relay-server 전용입니다. 빼세요' ;;
  E154) m "--allow-from \"$2\" is not a list of address blocks" \
    'for example 10.0.0.0/8,192.168.0.0/16' \
    "--allow-from \"$2\" 은(는) 주소 블록 목록이 아닙니다" '예: 10.0.0.0/8,192.168.0.0/16' ;;
  E160) m "--ca-file \"$2\" $3" 'give the certificate of the CA in PEM form' \
    "--ca-file \"$2\": $4" 'CA 인증서를 PEM 형식으로 주세요' ;;
  *) m "unknown error $1" 'report this to the operator' \
    "알 수 없는 오류 $1" '운영자에게 알려 주세요' ;;
  esac
}
