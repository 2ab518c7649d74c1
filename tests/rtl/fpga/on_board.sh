#!/bin/sh
# Runs a command on a simulated board.
#
# Usage: on_board.sh SIMULATOR COMMAND [ARGUMENT...]    (@ in an argument becomes the board's URI)
# Exit status of the command, or 1 when the SDRAM's rules were broken.
set -u
simulator=$1
shift
work=$(mktemp -d)
for argument in "$@"; do
  shift
  set -- "$@" "$(printf '%s' "$argument" | sed "s|@|uart:$work/port,timeout=120000|")"
done
"$simulator" --link "$work/port" >"$work/log" 2>&1 &
board=$!
trap 'kill "$board" 2>/dev/null; rm -rf "$work"' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10; do
  grep -q '^pty ' "$work/log" && break
  sleep 1
done
"$@"
status=$?
kill "$board"
wait "$board"
breaches=$?
cat "$work/log"
[ "$status" -ne 0 ] && exit "$status"
exit "$breaches"
