#!/bin/sh
# Opens the relay's port in a firewall that is active, for --allow-from only. Each
# rule is recorded first; an inactive firewall is never switched on.
# shellcheck disable=SC2034 # other parts use these variables

open_firewall() {
  STEP='open the firewall'
  keep_no_firewall
  FIREWALL=$(find_firewall)
  WANTED_RULES=
  for cidr in $(printf '%s' "$F_ALLOW_FROM" | tr ',' ' '); do
    open_for "$cidr"
  done
  case $FIREWALL in
  ufw | firewalld | iptables) close_unwanted ;;
  esac
  say_firewall
}

# Rules of earlier runs: another port, or blocks that may not send any more.
close_unwanted() {
  recorded rule | while read -r rule; do
    if ! printf '%s' "$WANTED_RULES" | grep -qxF "$rule"; then close_rule "$rule"; fi
  done
}

# Takes back a rule of ours.
close_rule() {
  # shellcheck disable=SC2086 # three words
  set -- $1
  drop "$1: $(t 'no longer allow' '허용 취소') tcp $3 <- $2" remove_rule "$@"
  forget rule "$*"
}

# Not in an env file: it is no setting of the relay.
keep_no_firewall() {
  if ! is_recorded no-firewall; then
    if [ -n "$F_NO_FIREWALL" ]; then record choice no-firewall; fi
  elif [ "$ACTION" = upgrade ]; then
    F_NO_FIREWALL=1
  elif [ -z "$F_NO_FIREWALL" ]; then
    forget choice no-firewall
  fi
}

find_firewall() {
  if [ -n "$F_NO_FIREWALL" ]; then
    echo none
  elif command -v ufw >/dev/null 2>&1 && ufw status 2>/dev/null | grep -q '^Status: active'; then
    echo ufw
  elif command -v firewall-cmd >/dev/null 2>&1 && [ "$(firewall-cmd --state 2>/dev/null)" = running ]; then
    echo firewalld
  elif command -v iptables >/dev/null 2>&1 && iptables_filters; then
    echo iptables
  elif command -v nft >/dev/null 2>&1 && nft list ruleset 2>/dev/null | grep -q 'hook input'; then
    echo nftables
  else
    echo none
  fi
}

iptables_filters() {
  rules=$(iptables -S INPUT 2>/dev/null) || return 1
  printf '%s\n' "$rules" | grep -qv '^-P INPUT ACCEPT$'
}

open_for() {
  case $FIREWALL:$1 in
  ufw:*) put_rule "ufw $1 $LISTEN_PORT" ;;
  firewalld:*) put_rule "firewalld $1 $LISTEN_PORT" ;;
  iptables:*:*) ;; # an IPv6 block: ip6tables is not touched
  iptables:*) put_rule "iptables $1 $LISTEN_PORT" ;;
  esac
}

# A rule is "TOOL CIDR PORT". One that is there already is left alone.
put_rule() {
  WANTED_RULES="$WANTED_RULES$1
"
  # shellcheck disable=SC2086 # three words
  set -- $1
  if has_rule "$@"; then return; fi
  if [ -z "$F_DRY_RUN" ]; then record rule "$1 $2 $3"; fi
  change "$1: $(t 'allow' '허용') tcp $3 <- $2" add_rule "$@"
}

family_of() {
  case $1 in
  *:*) echo ipv6 ;;
  *) echo ipv4 ;;
  esac
}

rich_rule() {
  printf 'rule family="%s" source address="%s" port port="%s" protocol="tcp" accept' \
    "$(family_of "$1")" "$1" "$2"
}

has_rule() {
  case $1 in
  ufw) ufw status 2>/dev/null | awk -v port="$3/tcp" -v from="$2" \
    '$1 == port && $2 == "ALLOW" && $0 ~ from { found = 1 } END { exit !found }' ;;
  firewalld) firewall-cmd --query-rich-rule="$(rich_rule "$2" "$3")" >/dev/null 2>&1 ;;
  iptables) iptables -C INPUT -p tcp -s "$2" --dport "$3" -m comment --comment msp-relay -j ACCEPT 2>/dev/null ;;
  esac
}

# firewalld keeps two sets: now and after a restart. --reload would drop rules
# that others have added for now only.
add_rule() {
  case $1 in
  ufw) ufw allow proto tcp from "$2" to any port "$3" comment msp-relay >/dev/null ;;
  firewalld)
    firewall-cmd --quiet --add-rich-rule="$(rich_rule "$2" "$3")" &&
      firewall-cmd --quiet --permanent --add-rich-rule="$(rich_rule "$2" "$3")"
    ;;
  iptables) iptables -I INPUT -p tcp -s "$2" --dport "$3" -m comment --comment msp-relay -j ACCEPT ;;
  esac
}

remove_rule() {
  case $1 in
  ufw) ufw delete allow proto tcp from "$2" to any port "$3" >/dev/null ;;
  firewalld)
    firewall-cmd --quiet --remove-rich-rule="$(rich_rule "$2" "$3")"
    firewall-cmd --quiet --permanent --remove-rich-rule="$(rich_rule "$2" "$3")"
    ;;
  iptables) iptables -D INPUT -p tcp -s "$2" --dport "$3" -m comment --comment msp-relay -j ACCEPT ;;
  esac
}

say_firewall() {
  case $FIREWALL in
  iptables)
    if command -v netfilter-persistent >/dev/null 2>&1; then
      change 'netfilter-persistent save' netfilter-persistent save
    else
      warn "$(t 'iptables rules of this run are lost at the next reboot' '이 iptables 규칙은 재부팅하면 사라집니다')"
    fi
    ;;
  nftables)
    # An accept in a table of our own does not override a drop in another.
    warn "$(t 'nftables filters here; add this line to its input chain' 'nftables 의 input 체인에 다음 줄을 넣으세요'): ip saddr { $F_ALLOW_FROM } tcp dport $LISTEN_PORT accept"
    ;;
  none)
    say "$(t "firewall left as it is; TCP $LISTEN_PORT has to be reachable from $F_ALLOW_FROM" \
      "방화벽은 그대로 두었습니다. $F_ALLOW_FROM 에서 TCP $LISTEN_PORT 에 닿아야 합니다")"
    ;;
  esac
  say "$(t "the provider's security group is a separate lock: allow TCP $LISTEN_PORT from the inner servers there" \
    "클라우드의 보안 그룹(KT, NHN, Naver ACG, AWS SG)은 따로 열어야 합니다: 내부 서버에서 TCP $LISTEN_PORT 허용")"
}
