#!/bin/sh
# What is broken about a board is told, in time, by what it is: on the simulated board.
#
# Usage: board_faults.sh BUILD [CASE...]    (all cases unless told)
# The last line is "N passed, N failed".
set -u
build=$1
shift
[ $# -gt 0 ] || set -- held version closed silent hang slow noise stuck alias refresh
sims=$build/tests/rtl/fpga
work=$(mktemp -d)
board=
end_board() {
  [ -n "$board" ] || return 0
  kill "$board" 2>/dev/null
  wait "$board"
  board=
}
trap 'end_board; rm -rf "$work"' EXIT
passed=0
failed=0

check() { # check NAME COMMAND...: the command succeeds
  name=$1
  shift
  if "$@" >/dev/null 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL $name"
    sed 's/^/  | /' "$work/out"
  fi
}

start() { # start PROGRAM OPTION...: a simulated board, whose port is $work/port
  end_board
  rm -f "$work/log" "$work/port"
  program=$sims/$1
  shift
  "$program" --link "$work/port" "$@" >"$work/log" 2>&1 &
  board=$!
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    grep -qs "^pty " "$work/log" && return
    sleep 0.5
  done
}

ends() { # ends STATUS SECONDS URI-OPTIONS ARGUMENT...: the self test, with this exit status in time
  want=$1
  limit=$2
  uri=uart:$work/port$3
  shift 3
  timeout "$limit" "$build/wavecore" selftest --device "$uri" "$@" >"$work/out" 2>&1
  got=$?
  echo "exit status $got, expected $want" >>"$work/out"
  [ "$got" -eq "$want" ]
}

says() {
  grep -q -- "$1" "$work/out"
}

# A simulated board is slow, and on a busy machine much slower.
slow=,timeout=120000

for case in "$@"; do
  case $case in
    held)
      start board --held
      check "a held reset: exit status" ends 3 100 $slow
      check "a held reset is named" says "held in reset"
      WAVECORE_PORTS=$work/port$slow "$build/wavecore" probe >"$work/out" 2>&1
      check "probe names it" says "uart:$work/port.*not usable.*held in reset"
      ;;
    version)
      start board_other
      check "another version: exit status" ends 3 200 $slow
      check "both versions are named" says "board interface 2.3, this driver 1.1"
      WAVECORE_PORTS=$work/port$slow "$build/wavecore" probe >"$work/out" 2>&1
      check "probe names both" says "uart:$work/port.*not usable.*2.3, this driver 1.1"
      ;;
    closed)
      start board --close-after 3000
      check "a port that goes away: exit status" ends 10 100 $slow
      check "it is named" says "the link"
      ;;
    silent)
      start board --drop 10000
      check "a dead line: exit status" ends 3 20 ,timeout=300,tries=3
      check "it is named" says "no answer"
      ;;
    hang)
      start board
      "$sims/board_hang" "uart:$work/port$slow" >"$work/out" 2>&1
      check "a hung engine" says "PASSED.* 3 test"
      check "after it the board is well, unloaded" ends 0 200 $slow --until 11
      ;;
    slow)
      # For its first seconds the board runs for 2 of 100 milliseconds: slow, not broken.
      start board
      (for _ in $(seq 50); do
        kill -STOP "$board"
        sleep 0.1
        kill -CONT "$board"
        sleep 0.002
      done) &
      check "a slow board is none that is broken" ends 0 300 $slow --until 10
      wait $!
      ;;
    noise)
      start board --drop 1 --flip 1 --twice 1
      check "a bad line: all is right in the end" ends 0 1800 $slow,tries=40 --until 13
      check "a bad line shows" says "loopback.* [1-9][0-9]* of .* sent again"
      ;;
    stuck)
      start board --stuck-bit 5
      check "a stuck data bit: exit status" ends 13 600 $slow --dump-state "$work/state"
      check "the bit is named" says "read 0 for 1: 0x00200020"
      check "the state was written" grep -q "^board STATE" "$work/state"
      ;;
    alias)
      start board --alias-bit 20
      check "an address alias: exit status" ends 14 600 $slow
      check "the address is named" says "address 0x0 holds 0xA5100000"
      ;;
    refresh)
      start board --lost-refresh
      check "a lost refresh: exit status" ends 15 900 $slow
      check "it is named" says "is it refreshed"
      ;;
    *)
      echo "board_faults.sh: no case '$case'" >&2
      exit 2
      ;;
  esac
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
