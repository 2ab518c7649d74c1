#!/bin/sh
# Proves the adder of the PE equal to plain IEEE addition, one difference of exponents after the
# other, by SAT (ABC's iprove on the miter). Usage: prove_add.sh WORK [CASE...]
# Case c: the product's exponent less the sum's is c - 31; 0 and 62 also hold all beyond.
set -eu
cd "$(dirname "$0")/../.."
work=$1
shift
mkdir -p "$work"
[ $# -gt 0 ] || set -- $(seq 0 62)

# prove CASE MUTANT: prints what ABC found.
prove() {
  yosys -q -p "read_verilog -sv -defer rtl/formal/wc_ieee_add.sv rtl/formal/wc_pe_add_proof.sv \
      rtl/wc_pe_add.sv rtl/wc_pe_round.sv; hierarchy -top wc_pe_add_proof -chparam Case $1 \
      -chparam Mutant $2; proc; flatten; opt -full; techmap; opt; abc -g AND; opt_clean; \
      write_aiger $work/add.aig"
  yosys-abc -c "read_aiger $work/add.aig; strash; iprove" 2>&1 | tee "$work/add.log" |
    grep -E "UNSATISFIABLE|SATISFIABLE|UNDECIDED" || { cat "$work/add.log"; return 1; }
}

passed=0
failed=0
for case in "$@"; do
  if prove "$case" 0 | grep -q UNSATISFIABLE; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL  case $case"
  fi
done
if prove 31 1 | grep -q UNSATISFIABLE; then
  failed=$((failed + 1))
  echo "FAIL  a wrong reference was not found out"
else
  passed=$((passed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
