#!/bin/sh
# The synthesis flow ends non-zero with the reason where it must, and netlists run like their RTL.
# Usage: test_synth.sh WORK RECORD  (RECORD: the program of tests/rtl/gemm/tb_array at 4 x 4)
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$1
record=$2
mkdir -p "$work"
osu=/usr/share/qflow/tech/osu018/osu018_stdcells.lib

# shellcheck source=tests/lib/verdict.sh
. tests/lib/verdict.sh

synth() { # synth ARGUMENT...: with one script of ABC, which is enough here
  rtl/syn/synth.py --scripts area --out "$work/out" "$@" >"$work/log" 2>&1
}

refused() { # refused NAME STATUS REASON ARGUMENT...: synth.py ends with STATUS and says REASON
  name=$1
  status=$2
  reason=$3
  shift 3
  synth --config pe "$@"
  [ $? -eq "$status" ] && grep -q "^synth: .*$reason" "$work/log"
  verdict $? "$name"
}

# A liberty file made worse by sed.
worse() { # worse NAME EXPRESSION
  sed "$2" "$osu" >"$work/$1.lib"
}
worse power 's/internal_power/external_power/'
worse nand 's/cell (NAND2X1)/cell_ (NAND2X1)/'
worse flipflop 's/cell (DFF[A-Z]*[0-9]*)/cell_ (DFF)/'
worse area '/cell (INVX1)/,/area/s/area : 16/area : 0/'
worse inverter 's/cell (INVX1)/cell_ (INVX1)/'
head -c 100000 "$osu" >"$work/cut.lib"

refused "no such file" 2 "No such file" --liberty "$work/none.lib"
refused "a folder" 2 "Is a directory" --liberty "$work"
refused "a file that is no liberty file" 2 "not a liberty file" --liberty Makefile
refused "a file that ends in the middle" 2 "in the middle" --liberty "$work/cut.lib"
refused "no power tables" 2 "no cell has internal_power" --liberty "$work/power.lib"
refused "no NAND to count in" 2 "no cell is a two-input NAND" --liberty "$work/nand.lib"
refused "no flip-flops" 2 "yosys on pe" --liberty "$work/flipflop.lib"
refused "a cell without area" 2 "cell INVX1 has no area" --liberty "$work/area.lib"
refused "a clock that is not met" 1 "the clock of 1.0 ns is not met" --clock 1.0
for config in 4by4 core:4 score pe,core:4x4x4 0x4; do
  ! synth --config "$config" && grep -q "neither pe, plain, core" "$work/log"
  verdict $? "$config is no configuration"
done
! synth --config core,core:4x4 && grep -q "more than one core" "$work/log"
verdict $? "nor are two cores"

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
verdict $? "an Error of sta among numbers ends the run"

synth --config pe,4x4 && grep -q '"rows": 4' "$work/out/summary.json"
verdict $? "PE and 4 x 4 array are synthesised and meet the clock"

pe=pe_area # the PE's netlist under the one script
gates() { # gates LIBERTY NETLIST TOP NAME [ALTER]: the netlist for simulation, as NAME.v
  # shellcheck disable=SC2086  # perhaps no argument
  /usr/bin/python3 rtl/syn/gates.py "$1" "$work/out/$2.v" "$3" "$4" "$work/$4.v" ${5:-} \
    >>"$work/log" 2>&1
}
: >"$work/log"
! gates "$work/inverter.lib" "$pe" wc_pe wc_pe_gates && grep -q "cell INVX1 is not in" "$work/log"
verdict $? "a netlist with a cell that the library lacks"

pe_differs() { # pe_differs [ALTER]: prints how many vectors differ between netlist and RTL
  # Icarus 11 knows no int unsigned.
  for stage in wc_pe wc_pe_mul wc_pe_add wc_pe_round; do
    sed 's/int unsigned/int/' "rtl/$stage.sv" >"$work/$stage.sv"
  done
  : >"$work/log"
  gates "$osu" "$pe" wc_pe wc_pe_gates "$@" &&
    iverilog -g2012 -DSYNTHESIS -o "$work/pe.vvp" -s tb_pe_gates tests/syn/tb_pe_gates.sv \
      "$work/wc_pe.sv" "$work/wc_pe_mul.sv" "$work/wc_pe_add.sv" "$work/wc_pe_round.sv" \
      "$work/wc_pe_gates.v" >>"$work/log" 2>&1 &&
    vvp -n "$work/pe.vvp" "+seed=${SEED:-1}" "+vectors=${PE_VECTORS:-3000}" >>"$work/log"
  tail -n 1 "$work/log"
}

array_differs() { # array_differs [ALTER]
  : >"$work/log"
  gates "$osu" array_4x4 wc_array wc_array "$@" &&
    iverilog -g2012 -o "$work/array.vvp" -P tb_array_gates.Vectors="$vectors" -s tb_array_gates \
      tests/syn/tb_array_gates.sv "$work/wc_array.v" >>"$work/log" 2>&1 &&
    vvp -n "$work/array.vvp" "+vectors=$work/vectors.hex" >>"$work/log"
  tail -n 1 "$work/log"
}

pe_differs | grep -q "^0 of [1-9]"
verdict $? "the netlist of the PE equals its RTL"
pe_differs 300 | grep -q "^[1-9][0-9]* of"
verdict $? "one altered cell of it is found out"

vectors=${ARRAY_VECTORS:-250}
# Three cycles of reset come before those asked for.
"$record" "$((vectors - 3))" "$work/vectors.hex" >"$work/log" 2>&1
verdict $? "the bench of the 4 x 4 array records its vectors"
array_differs | grep -q "^0 of [1-9]"
verdict $? "the netlist of the 4 x 4 array leaves what its RTL left"
array_differs 300 | grep -q "^[1-9][0-9]* of"
verdict $? "one altered cell of it is found out"

verdicts
