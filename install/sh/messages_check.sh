#!/bin/sh
# What the programs' own check found, in Korean: it speaks English, and its exit
# code says what kind of failure it was.
# shellcheck disable=SC2034 # other parts use these variables

# Puts Korean before WHY and WHY_FIX, which stay as the details. $1 the exit code.
translate_check() {
  if [ "$UI_LANG" != ko ]; then return; fi
  case $1 in
  20) in_korean '서버 이름을 찾을 수 없습니다 (DNS)' '/etc/resolv.conf 와 주소의 이름을 확인하세요' ;;
  21) in_korean '연결할 수 없거나 제때 답이 없습니다' '수신 서버와, 나가는 TCP 를 막는 방화벽과 보안 그룹을 확인하세요' ;;
  22) in_korean '인증서를 믿을 수 없습니다 (TLS)' '--ca-file=PEM 을 주거나 ca-certificates 를 갱신하세요' ;;
  23) in_korean '토큰이나 보내는 주소를 거부합니다' '토큰을, 릴레이라면 --allow-from 도 확인하세요' ;;
  24) in_korean '데이터나 주소를 받아들이지 않습니다' 'URL 의 호스트, 포트, 경로를 확인하세요' ;;
  25) in_korean '수신 서버가 지금 받지 못합니다' '잠시 뒤 다시 확인하고, 계속되면 운영자에게 알리세요' ;;
  26) in_korean '받았다고 답했지만 저장이 확인되지 않습니다' '중앙 서버 운영자에게 알리세요' ;;
  27) in_korean '시계가 맞지 않습니다' '시각을 맞추세요: timedatectl set-ntp true' ;;
  28) in_korean '/proc 을 읽을 수 없습니다' '/proc 의 마운트 옵션을 확인하세요' ;;
  10) in_korean '설정이 가리키는 파일이나 스풀 폴더를 쓸 수 없습니다' '파일의 소유자와 권한을 확인하세요' ;;
  esac
}

in_korean() {
  WHY="$1 ($WHY)"
  WHY_FIX="$2 ($WHY_FIX)"
}
