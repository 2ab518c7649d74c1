#!/bin/sh
# Parameters that cannot work are refused when the design is elaborated, by name, by Verilator and
# by Yosys; the named configurations are not. Usage: parameters.sh
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rtl=$(find rtl -name '*.sv' ! -name '*_pkg.sv' | sort | tr '\n' ' ')

# shellcheck source=tests/lib/verdict.sh
. tests/lib/verdict.sh

with_verilator() { # with_verilator Parameter=value...: a 4 x 4 chip of one core but for these
  # shellcheck disable=SC2046,SC2086  # lists of words
  verilator --lint-only -Wno-lint -Irtl --top-module wc_chip \
    $(printf -- '-G%s ' Cores=1 Rows=4 Cols=4 AccRows=64 GbufBytes=65536 LineBytes=32 Lanes=8 "$@" |
      tr ' ' '\n' | tac | awk -F= '!seen[$1]++' | tr '\n' ' ') \
    rtl/wc_isa_pkg.sv $rtl >"$work/log" 2>&1
}

with_yosys() { # with_yosys Parameter value
  yosys -q -p "read_verilog -sv -defer -Irtl rtl/wc_isa_pkg.sv $rtl
    hierarchy -check -top wc_chip -chparam Rows 4 -chparam Cols 4 -chparam AccRows 64 \
      -chparam GbufBytes 65536 -chparam LineBytes 32 -chparam Lanes 8 -chparam FastArray 0 \
      -chparam $1 $2" >"$work/log" 2>&1
}

refused() { # refused Parameter=value...: by the first one's name
  ! with_verilator "$@" && grep -q "${1%=*} must be" "$work/log"
  verdict $? "Verilator refuses $*"
}

with_verilator Cores=2
verdict $? "two cores are accepted"
refused Cores=0
refused SharedPort=2
refused Lanes=12
refused LineBytes=16
refused LineBytes=48
refused AccRows=2
refused Banks=3
refused GbufBytes=65504
refused AxiBytes=12
refused Fold=2
refused Fold=1 Cols=5
with_verilator Fold=1
verdict $? "folding of an even number of columns is accepted"

# shellcheck disable=SC2086  # a list of files
! verilator --lint-only -Wno-lint -Irtl --top-module wc_core -GNarrowVector=1 -GLanes=16 \
  rtl/wc_isa_pkg.sv $rtl >"$work/log" 2>&1 && grep -q "NarrowVector must be" "$work/log"
verdict $? "Verilator refuses NarrowVector=1 Lanes=16"

for bad in "Cores 0" "Lanes 12" "LineBytes 16" "AccRows 2" "GbufBytes 256"; do
  # shellcheck disable=SC2086  # a parameter and its value
  ! with_yosys $bad && grep -q "${bad% *} must be" "$work/log"
  verdict $? "Yosys refuses $bad"
done

verdicts
