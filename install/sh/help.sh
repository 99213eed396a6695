#!/bin/sh
# --help: part of the script, because under a pipe there is no file to print.
# shellcheck disable=SC2034 # other parts use these variables

print_help() {
  cat <<TEXT
Installs the monitoring agent and, on a gateway, its relay (version $VERSION).

Usage:
  curl -fsSL URL/install.sh | sudo sh -s -- --mode=direct FLAGS
  sudo sh install.sh --mode=relay-agent FLAGS
  sudo sh install.sh --upgrade | --uninstall [--purge] | --diagnose

Modes:
  direct        this server reaches the centre itself
  relay-server  the gateway of a closed network: relay and agent
  relay-agent   a server behind it, without internet

Needed (also as MSP_CUSTOMER_ID and so on):
  --customer-id=ID            a-z, 0-9 and -, for example kt-cloud
  --server-name=NAME          unique for the customer, for example web-01
  --csp=CSP                   kt, naver, nhn, aws, onprem or x-NAME (read from
                              the machine where it says so)
  --region=REGION             for example kc1 (likewise)
  --remote-write-url=URL      the centre, ends in /api/v1/write (direct, relay-server)
  --relay-url=URL             http://IP:9999/api/v1/metrics/write (relay-agent)

Options:
  --environment=ENV           prod (default), staging, test, dev
  --token-file=FILE           write token, first line; --token=T shows in ps
  --version=V, --checksum=HEX, --relay-checksum=HEX
  --base-url=URL, --mirror=URL  where SHA256SUMS and programs lie
  --offline[=BUNDLE]          tar.gz or folder; no network for files
  --ca-file=PEM               an authority for downloads and for pushing
  --proxy=URL                 for downloads and for the service
  --insecure-http             plain http to a public address is accepted
  --listen=ADDR:PORT          relay, default 0.0.0.0:9999
  --allow-from=CIDR,CIDR      relay, default private networks
  --spool=DIR, --spool-max=SIZE  relay, default /var/lib/msp, 2GiB
  --relay-only                relay on a host too old for the agent
  --replace-server            take over a name that another machine uses
  --no-firewall, --no-start, --no-verify
  --dry-run                   print every change, change nothing; needs root only
                              where something is installed
  --yes                       no questions
  --lang=ko|en, --quiet, --verbose, --help, --script-version

Exit codes:
  0 done, delivery confirmed      7 checksum or format     11 not delivered
  2 usage                         8 disk                   12 upgrade undone
  3 not root                      9 conflict               13 undoing failed
  4 platform  5 missing command  10 service does not stay  14 left something
  6 download                        up                     1 a bug
TEXT
}
