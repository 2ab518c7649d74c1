#!/bin/sh
# The proof of the PE's adder finds out broken adders, and a tool that fails proves nothing.
# Usage: test_prove_add.sh WORK
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$1
mkdir -p "$work"

# shellcheck source=tests/lib/verdict.sh
. tests/lib/verdict.sh

broken() { # broken NAME FILE EXPRESSION CASE REASON: FILE changed by sed fails CASE for REASON
  sed "$3" "rtl/$2.sv" >"$work/$2.sv"
  if cmp -s "rtl/$2.sv" "$work/$2.sv"; then
    echo "the expression changes nothing" >"$work/log"
    verdict 1 "$1"
    return
  fi
  add=rtl/wc_pe_add.sv
  round=rtl/wc_pe_round.sv
  [ "$2" = wc_pe_add ] && add=$work/$2.sv
  [ "$2" = wc_pe_round ] && round=$work/$2.sv
  ! ADD=$add ROUND=$round rtl/formal/prove_add.sh "$work" "$4" >"$work/log" 2>&1 &&
    grep -q "^FAIL  case $4, mutant 0: $5" "$work/log"
  verdict $? "$1"
}

rtl/formal/prove_add.sh "$work" 30 >"$work/log" 2>&1
verdict $? "the adder is proven equal, exponents one apart"
rtl/formal/prove_add.sh "$work" wrong >"$work/log" 2>&1
verdict $? "a wrong reference is found out"
broken "a sticky bit that forgets is found out" wc_pe_add \
  's/x\[0\] | lost/x[0]/' 50 different
broken "ties away from even are found out" wc_pe_round \
  's/(normal\[8\] | (normal\[6:0\] != 7.d0))/1'"'"'b1/' 50 different
broken "a sign of zero is found out" wc_pe_round 's/{sign & ~sub, 31/{sign, 31/' 31 different
# An answer of an earlier run lies in the work folder by now.
broken "a file that Yosys cannot read proves nothing" wc_pe_add \
  's/^endmodule/endmodul/' 30 'yosys failed: .*ERROR'
broken "a missing module proves nothing" wc_pe_round \
  's/^module wc_pe_round/module other/' 30 'yosys failed: .*ERROR'

verdicts
