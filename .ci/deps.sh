#!/bin/sh
# Installs the Debian packages of the named sets that are missing. Usage: deps.sh SET...
set -eu

list=$(dirname "$0")/packages
missing=
for set_name in "$@"; do
  packages=$(awk -v s="$set_name" '!/^#/ && $2 == s { print $1 }' "$list")
  for package in $packages; do
    state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$state" = "install ok installed" ] || missing="$missing $package"
  done
done
[ -n "$missing" ] || exit 0

echo "installing:$missing"
if [ "$(id -u)" = 0 ]; then
  as_root=
elif command -v sudo >/dev/null; then
  as_root=sudo
else
  echo "deps.sh: these packages are missing and this user is not root and has no sudo:$missing" >&2
  exit 1
fi
# shellcheck disable=SC2086  # word splitting is meant: sudo or nothing, and a list of packages
{
  $as_root apt-get update -q
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
}
