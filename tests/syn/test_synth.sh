#!/bin/sh
# The synthesis flow ends non-zero with the reason where it must, and the netlist of the PE runs
# like its RTL. Usage: test_synth.sh WORK
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$1
mkdir -p "$work"
osu=/usr/share/qflow/tech/osu018
passed=0
failed=0

result() { # result NAME STATUS
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    echo "ok    $1"
  else
    failed=$((failed + 1))
    echo "FAIL  $1"
    sed 's/^/  | /' "$work/log" | tail -n 20
  fi
}

refused() { # refused NAME STATUS REASON ARGUMENT...: synth.py ends with STATUS and says REASON
  name=$1
  status=$2
  reason=$3
  shift 3
  rtl/syn/synth.py --config pe --out "$work/out" "$@" >"$work/log" 2>&1
  [ $? -eq "$status" ] && grep -q "^synth: .*$reason" "$work/log"
  result "$name" $?
}

# A liberty file made worse by sed.
worse() { # worse NAME EXPRESSION
  sed "$2" "$osu/osu018_stdcells.lib" >"$work/$1.lib"
}
worse power 's/internal_power/external_power/'
worse nand 's/cell (NAND2X1)/cell_ (NAND2X1)/'
head -c 100000 "$osu/osu018_stdcells.lib" >"$work/cut.lib"
worse flipflop 's/cell (DFF[A-Z]*[0-9]*)/cell_ (DFF)/'
worse latch '/cell (INVX1)/,/area/s/area : 16/area : 0/'

refused "no such file" 2 "No such file" --liberty "$work/none.lib"
refused "a file that is no liberty file" 2 "not a liberty file" --liberty Makefile
refused "a file that ends in the middle" 2 "in the middle" --liberty "$work/cut.lib"
refused "no power tables" 2 "no cell has internal_power" --liberty "$work/power.lib"
refused "no NAND to count in" 2 "no cell is a two-input NAND" --liberty "$work/nand.lib"
refused "no flip-flops" 2 "yosys on pe" --liberty "$work/flipflop.lib"
refused "a cell without area" 2 "has no area" --liberty "$work/latch.lib"
refused "a clock that cannot be met" 1 "the clock of 1.0 ns is not met" --clock 1.0

/usr/bin/python3 - >"$work/log" 2>&1 <<'PYTHON'
import sys
sys.path.insert(0, "rtl/syn")
import sta
from netlist import FlowError
for line in ("Error: x.v, line 1 syntax error", "Error: pin a/b not found."):
    try:
        sta.strict("fine\n" + line + "\n1.0 slack", 0, "x")
        sys.exit(1)
    except FlowError:
        pass
sta.strict("1.0 slack", 0, "x")
PYTHON
result "an Error of sta among numbers ends the run" $?

simulate() { # simulate +ARGUMENT...: prints the bench's last line
  vvp -n "$work/gates" "$@" | tee "$work/log" | grep "vectors differ"
}
/usr/bin/python3 tests/syn/gates.py "$work/out/pe.v" "$work/gates.v" &&
  for stage in wc_pe wc_pe_mul wc_pe_add wc_pe_round; do  # Icarus 11 knows no int unsigned
    sed 's/int unsigned/int/' "rtl/$stage.sv" >"$work/$stage.sv"
  done &&
  iverilog -g2012 -gno-specify -DSYNTHESIS -o "$work/gates" -s tb_gates tests/syn/tb_gates.sv \
    "$work"/wc_pe*.sv "$work/gates.v" \
    "$osu/osu018_stdcells.v" >"$work/log" 2>&1
result "the netlist of the PE elaborates" $?
simulate "+seed=${SEED:-1}" | grep -q "^0 of"
result "the netlist of the PE equals its RTL" $?
! simulate +mutant +vectors=500 | grep -q "^0 of"
result "a difference is noticed" $?

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
