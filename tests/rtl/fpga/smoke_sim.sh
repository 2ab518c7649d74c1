#!/bin/sh
# The ladder of the smoke test on simulated boards: loopback, registers, MACs, byte by byte as the
# C model. And what each kind of board says to who takes it for the other.
#
# Usage: smoke_sim.sh BUILD SIMULATOR...
set -u
build=$1
shift
work=$(mktemp -d)
board=
trap '[ -z "$board" ] || kill "$board" 2>/dev/null; rm -rf "$work"' EXIT
passed=0
failed=0

check() { # check NAME COMMAND...
  name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL $name"
    sed 's/^/  | /' "$work/out"
  fi
}

selftest() { # selftest STATUS ARGUMENT...
  want=$1
  shift
  "$build/wavecore" selftest --device "uart:$work/port,timeout=120000" "$@" >"$work/out" 2>&1
  got=$?
  [ "$got" -eq "$want" ]
}

says() {
  grep -q -- "$1" "$work/out"
}

for simulator in "$@"; do
  rm -f "$work/log" "$work/port"
  "$simulator" --link "$work/port" >"$work/log" 2>&1 &
  board=$!
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    grep -qs "^pty " "$work/log" && break
    sleep 0.5
  done
  check "$simulator: the ladder" selftest 0 --smoke
  check "$simulator: the tile" says "^ok *tile *128 bytes as the C model"
  check "$simulator: it is no device" selftest 3
  check "$simulator: that is told" says "holds the smoke test alone"
  kill "$board"
  wait "$board"
  board=
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
