#!/usr/bin/env bash
# Installs the real programs that the interop tests talk to (Debian and Ubuntu; needs root).
# Only what is missing is installed, and no service is left running.
set -euo pipefail

# command to look for -> Debian package that brings it
declare -A packages=(
  [ip]=iproute2 [nft]=nftables [iptables]=iptables [ping]=iputils-ping [unshare]=util-linux [sudo]=sudo [curl]=curl
  [openssl]=openssl [nginx]=nginx-light [apache2]=apache2 [haproxy]=haproxy [gnutls-serv]=gnutls-bin
  [stunnel]=stunnel4 [go]=golang-go [javac]=default-jdk-headless
  [dnsmasq]=dnsmasq-base [tshark]=tshark [pgrep]=procps
  [clang]=clang # NativeAOT links with it
)

missing=()
for command in "${!packages[@]}"; do
  command -v "$command" >/dev/null 2>&1 || [ -x "/usr/sbin/$command" ] || missing+=("${packages[$command]}")
done
# SharpPcap's own devices load libpcap at run time.
ldconfig -p 2>/dev/null | grep -q 'libpcap\.so' || missing+=(libpcap0.8)

if [ ${#missing[@]} -eq 0 ]; then
  echo "install-test-peers: everything is here"
  exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "install-test-peers: this script knows apt-get only; install by hand: ${missing[*]}" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  echo "install-test-peers: needs root to install: ${missing[*]}; run: sudo $0" >&2
  exit 1
fi

# The packages' own services must not start: tests start their own copies in their own namespaces.
policy=/usr/sbin/policy-rc.d
made_policy=
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
  made_policy=1
fi
trap '[ -z "$made_policy" ] || rm -f "$policy"' EXIT

export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
apt-get install -q -y --no-install-recommends "${missing[@]}" >/dev/null
echo "install-test-peers: installed ${missing[*]}"
