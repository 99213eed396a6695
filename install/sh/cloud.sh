#!/bin/sh
# Fills in --csp and --region from the machine when they were not given: DMI
# strings say whose virtual machine it is, the metadata service which region.
# Never waits: each question has 1 s, and the first without an answer ends them.
# shellcheck disable=SC2034 # other parts use these variables

METADATA=http://169.254.169.254
DMI=/sys/class/dmi/id

detect_cloud() {
  if [ -n "$F_CSP" ] && [ -n "$F_REGION" ]; then return; fi
  cloud_csp=$(csp_from_dmi)
  cloud_region=
  case ${F_CSP:-$cloud_csp} in
  aws) ask_aws ;;
  naver) ask_naver ;;
  onprem | x-*) ;;
  *) ask_openstack || { [ -z "$cloud_csp" ] && ask_naver; } || true ;;
  esac
  take_cloud_fact csp "$cloud_csp"
  # A region of another provider than the one that was named would be wrong.
  if [ "$F_CSP" = "$cloud_csp" ]; then take_cloud_fact region "$cloud_region"; fi
}

take_cloud_fact() {
  cloud_name=$(variable_of "$1")
  eval "given=\$F_$cloud_name"
  if [ -z "$2" ] || [ -n "$given" ]; then return; fi
  if ! is_region "${2#x-}"; then return; fi
  eval "F_$cloud_name=\$2"
  say "$(t "--$1=$2 was read from this machine; give --$1 to override it" \
    "--$1=$2 는 이 서버에서 읽었습니다. 다르면 --$1 로 바꾸세요")"
}

# The provider that a virtual machine's maker strings name; often nothing: KT and
# NHN run OpenStack, which says only that.
csp_from_dmi() {
  dmi=$(cat "$DMI/sys_vendor" "$DMI/board_vendor" "$DMI/product_name" \
    "$DMI/chassis_asset_tag" "$DMI/bios_vendor" "$DMI/bios_version" 2>/dev/null |
    tr '[:upper:]\n' '[:lower:] ')
  case " $dmi" in
  *amazon*) echo aws ;;
  *naver* | *ncloud*) echo naver ;;
  *nhn* | *toast*) echo nhn ;;
  *' kt '* | *'kt cloud'* | *ktcloud* | *ucloud*) echo kt ;;
  esac
}

# $1 path, then headers as name and value. Fails without an answer within 1 s.
ask_metadata() {
  if command -v curl >/dev/null 2>&1; then
    curl -q -fsS --noproxy '*' --max-time 1 ${2:+-X "$2"} ${3:+-H "$3"} "$METADATA$1" 2>/dev/null
  elif [ -z "${2:-}" ]; then
    wget -q -T 1 -t 1 --no-proxy -O - ${3:+--header="$3"} "$METADATA$1" 2>/dev/null
  else
    wget -q -T 1 -t 1 --no-proxy -O - --method="$2" --header="$3" "$METADATA$1" 2>/dev/null
  fi
}

# Instance metadata version 2 wants a session token; version 1 does without.
ask_aws() {
  session=$(ask_metadata /latest/api/token PUT 'X-aws-ec2-metadata-token-ttl-seconds: 60') || session=
  cloud_region=$(ask_metadata /latest/meta-data/placement/region '' \
    "${session:+X-aws-ec2-metadata-token: $session}") || cloud_region=
  if [ -n "$cloud_region" ]; then cloud_csp=aws; fi
}

# Source: the provider's reference, "Server Data": regionCode, for example KR.
ask_naver() {
  cloud_region=$(ask_metadata /latest/meta-data/regionCode | tr '[:upper:]' '[:lower:]') || cloud_region=
  if [ -n "$cloud_region" ]; then cloud_csp=naver; fi
}

# Availability zones: kr-pub-a, kr2-pub-b at NHN; DX-M1 and the like at KT.
ask_openstack() {
  facts=$(ask_metadata /openstack/latest/meta_data.json) || return 1
  zone=$(printf '%s' "$facts" |
    sed -n 's/.*"availability_zone": *"\([^"]*\)".*/\1/p' | tr '[:upper:]' '[:lower:]')
  case $zone in
  *-pub-*)
    cloud_csp=${cloud_csp:-nhn}
    cloud_region=${zone%%-pub-*}
    ;;
  dx-*)
    cloud_csp=${cloud_csp:-kt}
    cloud_region=$zone
    ;;
  *) cloud_region=$zone ;;
  esac
}
