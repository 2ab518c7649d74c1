#!/bin/sh
# Proves the adder of the PE equal to plain IEEE addition, one difference of exponents after the
# other, by SAT (ABC's iprove on the miter). Usage: prove_add.sh WORK [CASE...]
# Case c: the product's exponent less the sum's is c - 31; 0 and 62 also hold all beyond. Case wrong:
# a wrong reference must be found out. Without cases: all of them.
# ADD, ROUND: the files of wc_pe_add and wc_pe_round, to try the proof on broken ones.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$1
shift
add=${ADD:-rtl/wc_pe_add.sv}
round=${ROUND:-rtl/wc_pe_round.sv}
mkdir -p "$work"
# shellcheck disable=SC2046  # a list of numbers
[ $# -gt 0 ] || set -- $(seq 0 62) wrong

# prove CASE MUTANT: prints "equal", "different", or why there is no answer. What a run before left
# behind is removed first: it must not answer for this one.
prove() {
  aig=$work/add_$1_$2.aig
  log=$work/add_$1_$2.log
  rm -f "$aig" "$log"
  if ! yosys -q -p "read_verilog -sv -defer rtl/formal/wc_ieee_half.sv \
      rtl/formal/wc_ieee_round.sv rtl/formal/wc_ieee_add.sv rtl/formal/wc_pe_add_proof.sv \
      $add $round; \
      hierarchy -check -top wc_pe_add_proof -chparam Case $1 -chparam Mutant $2; \
      proc; flatten; opt -full; techmap; opt; abc -g AND; opt_clean; check -assert; \
      write_aiger $aig" >"$log" 2>&1; then
    echo "yosys failed: $(grep -m1 ERROR "$log")"
  elif ! yosys-abc -c "read_aiger $aig; strash; iprove" >"$log" 2>&1; then
    echo "abc failed ($log)"
  elif grep -q '^UNSATISFIABLE' "$log"; then
    echo equal
  elif grep -q '^SATISFIABLE' "$log"; then
    echo different
  else
    echo "abc gave no answer ($log)"
  fi
}

passed=0
failed=0
expect() { # expect CASE MUTANT ANSWER
  answer=$(prove "$1" "$2")
  if [ "$answer" = "$3" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL  case $1, mutant $2: $answer"
  fi
}

for case in "$@"; do
  if [ "$case" = wrong ]; then
    expect 31 1 different
  else
    expect "$case" 0 equal
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
