#!/bin/sh
# The self test on the simulated board.
#
# Usage: selftest_sim.sh BUILD [option of the simulated board...]
# Exit status of `wavecore selftest`, or 1 when the SDRAM's rules were broken.
set -u
build=$1
shift
work=$(mktemp -d)
"$build/ulx3s-sim" --link "$work/port" "$@" >"$work/log" 2>&1 &
board=$!
trap 'kill "$board" 2>/dev/null; rm -rf "$work"' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10; do
  grep -q '^pty ' "$work/log" && break
  sleep 1
done
"$build/wavecore" selftest --device "uart:$work/port,timeout=20000" --timeout 600
status=$?
kill "$board"
wait "$board"
breaches=$?
cat "$work/log"
[ "$status" -ne 0 ] && exit "$status"
exit "$breaches"
