/**
 * The commands of a host that the installer's fast tests replace. Each writes
 * its call to /calls. They show order and arguments; that a service starts is
 * for the tests on a real systemd.
 *
 * Tests steer them with files: /stub/down/SERVICE keeps a service from staying
 * up, /stub/exit says with which code it ended, /stub/ufw switches ufw on.
 */

/** Scripts by their name; they are laid over /usr/bin. */
export const STUBS: Readonly<Record<string, string>> = {
  "systemctl": `
name=
for word in "$@"; do case $word in -*|is-*|enable|disable|restart|show|reset-failed|daemon-reload) ;; *) name=$word ;; esac; done
name=\${name%.service}
state=/stub/units/$name
case $1 in
is-active) [ -e "$state.active" ] ;;
is-failed) exit 1 ;;
is-enabled) [ -e "$state.enabled" ] ;;
enable) echo "systemctl $*" >>/calls; touch "$state.enabled" ;;
disable)
  [ "$name" != msp-relay ] || curl -s "http://10.0.1.5:8080/close/9998" >/dev/null
  echo "systemctl $*" >>/calls; rm -f "$state.enabled" "$state.active" ;;
restart)
  echo "systemctl $*" >>/calls
  version=$(readlink /usr/local/bin/$name); version=\${version##*-}
  if [ -e "/stub/down/$name" ] || [ -e "/stub/down/$version" ]; then
    rm -f "$state.active"; exit 1
  fi
  [ "$name" != msp-relay ] || curl -s "http://10.0.1.5:8080/open/9998" >/dev/null
  touch "$state.active" ;;
show)
  case $* in
  *MainPID*) if [ -e "$state.active" ]; then echo MainPID=4242; else echo MainPID=0; fi ;;
  *ExecMainStatus*) echo "ExecMainStatus=$(cat /stub/exit 2>/dev/null || echo 0)" ;;
  *) echo "ActiveState=active" ;;
  esac ;;
reset-failed) echo "$2" >>/stub/resets ;;
*) echo "systemctl $*" >>/calls ;;
esac`,
  "journalctl": `echo "last line of the journal"`,
  "systemd-analyze": `[ ! -e /stub/old-systemd ]`,
  // Waits are for real services; here they would only be time.
  "sleep": `exit 0`,
  "ufw": `
echo "ufw $*" >>/calls
case $1 in
status)
  if [ -e /stub/ufw ]; then echo "Status: active"; cat /stub/ufw; else echo "Status: inactive"; fi ;;
allow) echo "$9/tcp  ALLOW  $5" >>/stub/ufw ;;
delete) grep -v " $6\\$" /stub/ufw >/stub/ufw.new; mv /stub/ufw.new /stub/ufw ;;
esac`,
  "firewall-cmd": `
case $1 in
--state) if [ -e /stub/firewalld ]; then echo running; else exit 252; fi ;;
--query-rich-rule=*) grep -qxF "\${1#*=}" /stub/firewalld ;;
*) echo "firewall-cmd $*" >>/calls ;;
esac`,
  "iptables": `[ -e /stub/iptables ] || exit 1
case $1 in
-S) cat /stub/iptables ;;
-C) exit 1 ;;
*) echo "iptables $*" >>/calls ;;
esac`,
  "nft": `exit 1`,
};

/**
 * The programs: a copy of dash, which takes its first argument for a script in
 * the working directory, and the installer works in /. So a test writes in shell
 * what its program does, and the program is a real ELF file of this machine.
 */
export const PROGRAM_SCRIPTS: Readonly<Record<string, string>> = {
  version: `
exe=$(readlink /proc/$$/exe); version=\${exe##*-}
if [ -e "/stub/crash/$version" ]; then kill -ILL $$; fi
echo "program $version"`,
  check: `
echo "check $(id -un) $* $(env | grep -c ^MSP_)" >>/stub/checks
exe=$(readlink /proc/$$/exe); version=\${exe##*-}
if [ -e "/stub/mute/$version" ] || [ -e /stub/mute/all ]; then
  echo '{"ok":false,"exitCode":26,"layers":[{"layer":"stored","ok":false,"exitCode":26,"detail":"accepted, but it cannot be read back","hint":"Ask the operator","durationMs":1}]}'
  exit 26
fi
echo "{\\"ok\\":true,\\"exitCode\\":0,\\"delivery\\":\\"$(cat /stub/delivery 2>/dev/null || echo stored)\\",\\"layers\\":[{\\"layer\\":\\"/proc\\",\\"ok\\":true,\\"detail\\":\\"214 series\\",\\"durationMs\\":3}]}"`,
  spool: `exe=$(readlink /proc/$$/exe); version=\${exe##*-}
if [ -e "/stub/unreadable/$version" ]; then echo "segment of a newer format"; exit 1; fi`,
};
