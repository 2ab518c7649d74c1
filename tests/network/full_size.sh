#!/bin/sh
# A training step of networks at full size on the C model of the paper's core, under schedules that
# have nothing in common: the checkpoints (masters, momenta, loss scale) must be the same bytes.
#
# Usage: full_size.sh BUILD NET:BATCH...
# Prints a line a case and "N passed, N failed".
set -u

build=$1
shift
work=$(mktemp -d)
passed=0
failed=0
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

ok() {
  passed=$((passed + 1))
  echo "ok    $1"
}

not_ok() { # not_ok NAME WHY
  failed=$((failed + 1))
  echo "FAIL  $1: $2"
}

step() { # step NET BATCH CONFIG SEED: leaves work/CONFIG
  "$build/wavecore" train "$1" --batch "$2" --steps 1 --warmup 0 --data "synthetic:$4" --eval 0 \
    --device cmodel:paper,cores=1 --config "$3" --json --checkpoint "$work/$3" \
    >"$work/out" 2>"$work/err"
}

# memory CHECKPOINT: the peak beside the image of DRAM. Fails above 1.2 times an image of 0.5 GB and
# more and what is held to write the checkpoint.
memory() {
  awk -F'[:,]' -v held="$(wc -c <"$1")" '
    /"peak_bytes"/ { peak = $2 } /"image_bytes"/ { image = $2 }
    END { printf "peak memory %.2f of the image of %.2f GB, %.2f without the checkpoint\n",
                 peak / image, image / 1e9, (peak - held) / image
          exit image >= 5e8 && peak - held > 1.2 * image }' "$work/out"
}

for case in "$@"; do
  net=${case%:*}
  batch=${case#*:}
  for config in baseline mbs2 mbs-r; do
    name="a step of $net, $batch images, $config"
    if ! step "$net" "$batch" "$config" 1; then
      not_ok "$name" "$(head -n 1 "$work/err")"
    elif ! cmp -s "$work/baseline" "$work/$config"; then
      not_ok "$name" "other bits than baseline"
    elif used=$(memory "$work/$config"); then
      ok "$name: $used"
    else
      not_ok "$name" "$used"
    fi
  done
done

# What the comparison is worth: other images, other bytes.
if step tiny-stem 8 baseline 1 && cp "$work/baseline" "$work/one" && step tiny-stem 8 baseline 2 &&
  ! cmp -s "$work/one" "$work/baseline"; then
  ok "other images leave other bytes"
else
  not_ok "other images leave other bytes" "they do not"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
