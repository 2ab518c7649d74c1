#!/bin/sh
# Static checks of every language in the tree. Prints one line a check and "N passed, N failed".
# The Yosys elaboration also belongs here: what it cannot read, it cannot synthesise.
set -u
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

check() { # check NAME COMMAND...
  name=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    passed=$((passed + 1))
    echo "ok    $name"
  else
    failed=$((failed + 1))
    echo "FAIL  $name"
    head -n 40 "$work/log" | sed 's/^/  | /'
  fi
}

rtl=$(find rtl -name '*.sv' ! -name '*_pkg.sv' | sort)
c_files=$(git ls-files --cached --others --exclude-standard '*.c' '*.h' '*.cpp')
c_only=$(git ls-files --cached --others --exclude-standard "*.c")
shells=$(git ls-files --cached --others --exclude-standard '*.sh' .ci/run)

board_rtl="fpga/link/wc_link_pkg.sv $rtl $(find fpga/link fpga/board -name '*.sv' ! -name '*_pkg.sv' | sort)
  fpga/ulx3s/ulx3s_top.sv"

board_lint() { # board_lint -GParam=value...: the board with its pins, as it is simulated
  # shellcheck disable=SC2086  # a list of files
  verilator --lint-only -Wall -Irtl --top-module ulx3s_pins "$@" sim/lint.vlt rtl/wc_isa_pkg.sv \
    $board_rtl fpga/sim/ecp5_models.sv fpga/sim/ulx3s_pins.sv
}

smoke_rtl="fpga/link/wc_link_pkg.sv $rtl $(find fpga/link fpga/board fpga/smoke -name '*.sv' ! -name '*_pkg.sv' | sort)"

smoke_lint() { # smoke_lint TOP FILE...: Verilator and Yosys on a board that holds the smoke test
  smoke_top=$1
  shift
  # shellcheck disable=SC2086  # a list of files
  verilator --lint-only -Wall -Irtl --top-module "$smoke_top" sim/lint.vlt rtl/wc_isa_pkg.sv \
    $smoke_rtl "$@"
}

zynq_lint() {
  # shellcheck disable=SC2086  # a list of files
  verilator --lint-only -Wall -Irtl --top-module wc_zynq sim/lint.vlt rtl/wc_isa_pkg.sv $rtl \
    fpga/zynq/wc_zynq.sv
}

zynq_elaborate() {
  yosys -q -p "read_verilog -sv -defer -Irtl rtl/wc_isa_pkg.sv $(echo "$rtl" | tr '\n' ' ') \
    fpga/zynq/wc_zynq.sv;
    hierarchy -check -top wc_zynq -chparam Rows 4 -chparam Cols 4 -chparam AccRows 64 \
      -chparam GbufBytes 65536 -chparam LineBytes 32 -chparam Lanes 8; proc; check -assert"
}

link_elaborate() {
  yosys -q -p "read_verilog -sv -defer fpga/link/wc_link_pkg.sv rtl/wc_ram_1r1w.sv \
    $(find fpga/link -name '*.sv' ! -name '*_pkg.sv' | sort | tr '\n' ' ');
    hierarchy -check -top wc_link; proc; check -assert"
}

sdram_elaborate() {
  yosys -q -p "read_verilog -sv -defer rtl/wc_dma_fifo.sv fpga/board/wc_sdram.sv;
    hierarchy -check -top wc_sdram; proc; check -assert"
}

verilator_lint() { # verilator_lint TOP -GParam=value...
  top=$1
  shift
  # shellcheck disable=SC2086  # a list of files
  verilator --lint-only -Wall -Irtl --top-module "$top" "$@" sim/lint.vlt rtl/wc_isa_pkg.sv $rtl
}

yosys_elaborate() { # yosys_elaborate TOP -chparam Param value...
  top=$1
  shift
  yosys -q -p "read_verilog -sv -defer -Irtl rtl/wc_isa_pkg.sv $(echo "$rtl" | tr '\n' ' ');
    hierarchy -check -top $top $* -chparam Rows 4 -chparam Cols 4 -chparam AccRows 64 \
      -chparam GbufBytes 65536 -chparam LineBytes 32 -chparam Lanes 8 -chparam FastArray 0; proc; check -assert"
}

check "verilator -Wall, 16 x 16" verilator_lint wc_core
check "verilator -Wall, 16 x 16, array of instances" verilator_lint wc_core -GFastArray=0
check "verilator -Wall, 4 x 4" verilator_lint wc_core -GRows=4 -GCols=4 -GAccRows=64 \
  -GGbufBytes=65536 -GLineBytes=32 -GLanes=8
check "verilator -Wall, 4 x 4, one weight a PE" verilator_lint wc_core -GRows=4 -GCols=4 \
  -GAccRows=64 -GGbufBytes=65536 -GLineBytes=32 -GLanes=8 -GDoubleWeights=0 -GFastArray=0
check "verilator -Wall, 16 x 16, folding" verilator_lint wc_core -GFold=1
check "verilator -Wall, 4 x 4, folding" verilator_lint wc_core -GRows=4 -GCols=4 -GAccRows=64 \
  -GGbufBytes=65536 -GLineBytes=32 -GLanes=8 -GFold=1 -GFastArray=0
check "verilator -Wall, 4 x 4, narrow vector unit" verilator_lint wc_core -GRows=4 -GCols=4 \
  -GAccRows=64 -GGbufBytes=65536 -GLineBytes=32 -GLanes=8 -GNarrowVector=1
check "verilator -Wall, 4 x 4, one step, shared counters" verilator_lint wc_core -GRows=4 -GCols=4 \
  -GAccRows=64 -GGbufBytes=65536 -GLineBytes=32 -GLanes=8 -GNarrowVector=2 -GSharedCounters=1
check "verilator -Wall, 8 x 8, 64-bit AXI" verilator_lint wc_core -GRows=8 -GCols=8 -GAccRows=64 \
  -GGbufBytes=131072 -GAxiBytes=8
check "verilator -Wall, two cores" verilator_lint wc_chip -GCores=2
check "verilator -Wall, three cores, one port" verilator_lint wc_chip -GCores=3 -GSharedPort=1
check "verilator -Wall, PEs to compare with" verilator_lint wc_space_pe -GPlain=1
check "verilator -Wall, the PE cut elsewhere" verilator_lint wc_space_pe -GCutMul=0 -GCutAdd=0
check "verilator -Wall, proof of the adder" verilator_lint wc_pe_add_proof
check "yosys elaboration, 4 x 4" yosys_elaborate wc_core
check "yosys elaboration, 4 x 4, one weight a PE, folding" yosys_elaborate wc_core \
  -chparam DoubleWeights 0 -chparam Fold 1
check "yosys elaboration, 4 x 4, narrow vector unit" yosys_elaborate wc_core \
  -chparam NarrowVector 1
check "yosys elaboration, 4 x 4, one step, shared counters" yosys_elaborate wc_core \
  -chparam NarrowVector 2 -chparam SharedCounters 1
check "yosys elaboration, two of them, one port" yosys_elaborate wc_chip -chparam Cores 2 \
  -chparam SharedPort 1
check "verilator -Wall, ULX3S, 8 x 8" board_lint -GRows=8 -GCols=8
check "verilator -Wall, ULX3S, 4 x 4 of PEs" board_lint -GFastArray=0
check "verilator -Wall, smoke test" smoke_lint smoke_pins fpga/ulx3s/ulx3s_smoke_top.sv \
  fpga/sim/smoke_pins.sv
check "verilator -Wall, Zynq" zynq_lint
check "yosys elaboration, Zynq" zynq_elaborate
check "yosys elaboration, host link" link_elaborate
check "yosys elaboration, SDRAM controller" sdram_elaborate
# shellcheck disable=SC2086
check "clang-format" clang-format --dry-run -Werror $c_files
# shellcheck disable=SC2086
check "cppcheck" cppcheck -q --std=c11 --language=c --enable=warning,portability \
  --suppressions-list=tests/cppcheck.txt --error-exitcode=1 -Icmodel -Idriver -Isw -Itests/lib \
  $c_only
# shellcheck disable=SC2086
check "shellcheck" shellcheck -x $shells

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
