#!/bin/sh
# Errors of the host, the network and the installed service: id, English text
# and fix, Korean text and fix.
# shellcheck disable=SC2034 # other parts use these variables

host_message() {
  case $1 in
  E201) m 'the installer needs root' \
    'sudo before sh: curl -fsSL URL | sudo sh -s -- FLAGS (before curl it has no effect)' \
    'root 권한이 필요합니다' 'sudo 는 sh 앞에: curl -fsSL URL | sudo sh -s -- 옵션' ;;
  E202) m "$2 is not supported" 'amd64 (x86_64) and arm64 (aarch64) only' \
    "$2 은(는) 지원하지 않습니다" 'amd64(x86_64)와 arm64(aarch64)만 됩니다' ;;
  E203) m 'this is Alpine/musl; msp-agent needs glibc 2.27' \
    'install on the container host, not in the container' \
    'Alpine/musl 입니다. msp-agent 는 glibc 2.27 이 필요합니다' \
    '컨테이너 안이 아니라 호스트에 설치하세요' ;;
  E204) m "glibc $2 found ($3); $4 needed" \
    'move to a newer release (Amazon Linux 2023, RHEL 8, Ubuntu 18.04, Debian 10); as a gateway only: --relay-only' \
    "glibc $2 ($3) 입니다. $4 이상이 필요합니다" \
    '새 배포판(Amazon Linux 2023, RHEL 8, Ubuntu 18.04, Debian 10)으로 옮기세요. 게이트웨이 전용이면 --relay-only' ;;
  E205) m 'no systemd is running here' \
    'unpack msp-agent of the release and have your own supervisor start it, as a user made for it: msp-agent run' \
    'systemd 가 실행 중이 아닙니다' \
    '릴리스의 msp-agent 를 풀어, 전용 사용자를 만들고 쓰시는 관리 도구로 실행하세요: msp-agent run' ;;
  E206) m "running inside a container; it would measure the host's CPU under the container's name" \
    'run on the host' \
    '컨테이너 안입니다. 호스트의 CPU 를 컨테이너 이름으로 재게 됩니다' '호스트에서 실행하세요' ;;
  E207) m 'something is installed here, which only root may read' \
    'run the dry run as root: sudo sh install.sh … --dry-run' \
    '이미 설치되어 있으며, 그 내용은 root 만 읽을 수 있습니다' \
    '--dry-run 도 root 로 실행하세요: sudo sh install.sh … --dry-run' ;;
  E210) m 'neither curl nor wget is here' "$2, or --offline=BUNDLE" \
    'curl 도 wget 도 없습니다' "$2, 또는 --offline=번들" ;;
  E211) m 'no tool for SHA-256 is here (tried sha256sum, shasum -a 256, openssl dgst -sha256, busybox sha256sum)' \
    'install coreutils or openssl' \
    'SHA-256 도구가 없습니다 (sha256sum, shasum -a 256, openssl dgst -sha256, busybox sha256sum)' \
    'coreutils 나 openssl 을 설치하세요' ;;
  E220) m "$2" "$4" "$3" "$5" ;;
  E221) m "got a web page or text instead of the program from $2 (first bytes \"$3\"); a proxy or login page answered" \
    'open the address in a browser, give the right --proxy or --base-url, or use --offline=BUNDLE' \
    "$2 에서 프로그램 대신 웹 페이지나 글이 왔습니다 (첫 바이트 \"$3\"). 프록시나 로그인 페이지입니다" \
    '--proxy 나 --base-url 을 바로잡거나 --offline=번들 을 쓰세요' ;;
  E222) m "$2 is not what was released: expected sha256 $3, got $4 (${5:-?} bytes)" \
    'run again; if it repeats, stop and tell the operator' \
    "$2 이(가) 배포된 파일과 다릅니다: sha256 $3 이어야 하는데 $4 (${5:-?} 바이트)" \
    '다시 실행하세요. 되풀이되면 멈추고 운영자에게 알리세요' ;;
  E223) m "the download of $2 was cut off three times: $3 bytes arrived" \
    'run again over a steadier line, or use --offline=BUNDLE' \
    "$2 다운로드가 세 번 끊겼습니다: $3 바이트 도착" \
    '안정된 회선에서 다시 실행하거나 --offline=번들 을 쓰세요' ;;
  E230) m "needs $2 MB in $3, $4 MB free" "free space in $3" \
    "$3 에 $2 MB 가 필요한데 $4 MB 남았습니다" "$3 의 공간을 비우세요" ;;
  E231) m "$2 is on a file system that is mounted $3 ($4)" \
    "mount $4 without $3, then run again" \
    "$2 은(는) $3 로 마운트된 파일 시스템입니다 ($4)" "$4 를 $3 없이 마운트한 뒤 다시 실행하세요" ;;
  E232) m "could not do this: $2" 'look at free space and permissions (df -h, mount), then run again' \
    "실패했습니다: $2" '공간과 권한을 확인하고(df -h, mount) 다시 실행하세요' ;;
  E240) m "port $2 is used by $3" "--listen=0.0.0.0:$4, and the same port in every --relay-url" \
    "포트 $2 은(는) $3 이(가) 쓰고 있습니다" "--listen=0.0.0.0:$4, 모든 --relay-url 에도 같은 포트" ;;
  E241) m "$2 of the former agent is active" "systemctl disable --now $3" \
    "이전 에이전트 $2 이(가) 실행 중입니다" "systemctl disable --now $3" ;;
  E242) m "server-name \"$2\" of customer $3 is already reporting from another machine (last seen $4 s ago)" \
    'choose another --server-name, or add --replace-server' \
    "고객 $3 의 server-name \"$2\" 은(는) 이미 다른 서버가 쓰고 있습니다 (마지막 수신 $4초 전)" \
    '다른 --server-name 을 쓰거나 --replace-server 를 붙이세요' ;;
  E243) m "installed as $2, asked for $3" 'add --yes to change it, or --uninstall first' \
    "$2 로 설치되어 있는데 $3 를 요청했습니다" '--yes 를 붙이거나 먼저 --uninstall 하세요' ;;
  E244) m "user $2 exists and is no system account (uid $3)" "rename or remove that user, then run again" \
    "사용자 $2 이(가) 있는데 시스템 계정이 아닙니다 (uid $3)" '그 사용자의 이름을 바꾸거나 지우고 다시 실행하세요' ;;
  E245) m "$2 exists and was not put there by this installer" "move it away: mv $2 $2.old" \
    "$2 이(가) 있는데 이 설치 프로그램이 만든 것이 아닙니다" "옮기세요: mv $2 $2.old" ;;
  E246) m "another installation is running (pid $2)" 'wait until it has ended, then run again' \
    "다른 설치가 진행 중입니다 (pid $2)" '끝난 뒤 다시 실행하세요' ;;
  E247) m 'nothing is installed here' 'install first: --mode=… (see --help)' \
    '설치되어 있지 않습니다' '먼저 설치하세요: --mode=… (--help 참고)' ;;
  E248) m "this machine's clock is $2 s off the time of $3" \
    'set it: timedatectl set-ntp true, or date -s; samples with a wrong time are never seen' \
    "이 서버의 시계가 $3 와 $2 초 다릅니다" \
    '시각을 맞추세요: timedatectl set-ntp true 또는 date -s. 시각이 틀린 표본은 보이지 않습니다' ;;
  E249) m '--purge deletes settings and unsent data, and there is no terminal to ask on' \
    'add --yes' '--purge 는 설정과 보내지 않은 데이터를 지우는데, 물어볼 터미널이 없습니다' \
    '--yes 를 붙이세요' ;;
  E301) m "the service $2 does not stay up: $3" "$5" "서비스 $2 이(가) 계속 실행되지 못하고 종료됩니다: $4" "$6" ;;
  E302) m "the service runs, delivery is not confirmed: $2" "$3" \
    "서비스는 실행 중이지만 전달이 확인되지 않았습니다: $2" "$3" ;;
  E303) m "the upgrade to $2 failed, $3 is running again: $4" \
    'nothing is lost; tell the operator, and run again once it is mended' \
    "$2 업그레이드가 실패하여 $3 로 되돌렸습니다: $4" \
    '잃은 것은 없습니다. 운영자에게 알리고, 고쳐진 뒤 다시 실행하세요' ;;
  E304) m "the upgrade to $2 failed, and $3 does not run either: $4" \
    'look at journalctl -u msp-agent -u msp-relay, then run the installer of the old version' \
    "$2 업그레이드가 실패했고 $3 도 실행되지 않습니다: $4" \
    'journalctl -u msp-agent -u msp-relay 를 보고 이전 버전 설치 프로그램을 실행하세요' ;;
  E305) m "left behind: $2" 'remove these by hand' "남은 것: $2" '직접 지우세요' ;;
  *) m "unexpected error in step \"$2\" of install.sh $VERSION" \
    'this is a bug: report it with /var/log/msp-install.log' \
    "install.sh $VERSION 의 \"$2\" 단계에서 예상하지 못한 오류" \
    '버그입니다. /var/log/msp-install.log 와 함께 알려 주세요' ;;
  esac
}
