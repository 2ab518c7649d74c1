#!/bin/sh
# Compares what is generated from cmodel/wc_isa.def with the tree, or writes it there.
# Usage: generated.sh check|write WC_ISA_GEN
set -eu

mode=$1
gen=$2
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

splice() { # splice DOC KIND: DOC with its generated part replaced
  awk -v table="$work/$2" '
    /<!-- generated:/ { print; while ((getline line < table) > 0) print line; skip = 1; next }
    /<!-- end -->/ { skip = 0 }
    !skip { print }' "$1"
}

one() { # one FILE NEW
  if [ "$mode" = write ]; then
    cmp -s "$2" "$1" || cp "$2" "$1"
  elif cmp -s "$2" "$1"; then
    passed=$((passed + 1))
  else
    echo "$1 differs from what cmodel/wc_isa.def says: run make isa"
    failed=$((failed + 1))
  fi
}

for kind in sv commands registers; do
  "$gen" "$kind" >"$work/$kind"
done
one rtl/wc_isa_pkg.sv "$work/sv"
for kind in commands registers; do
  splice "docs/$kind.md" "$kind" >"$work/$kind.md"
  one "docs/$kind.md" "$work/$kind.md"
done
[ "$mode" = write ] || echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
