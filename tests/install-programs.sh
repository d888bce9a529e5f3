#!/bin/sh
# Installs the programs that tests compare with, from Debian's packages, where they are missing. Needs root.
set -eu
packages="binutils chromium e2fsprogs gcc gdb libc6-dev tshark vncsnapshot wabt"
missing=$(for name in $packages; do
  dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || echo "$name"
done)
[ -n "$missing" ] || exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086
apt-get install -y -q --no-install-recommends $missing
