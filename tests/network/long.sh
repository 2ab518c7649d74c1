#!/bin/sh
# Trains to convergence on Fashion-MNIST, with the record, curves and a checkpoint every 500 steps,
# from which a later call goes on. Takes long: fmnist-resnet20 does twelve times the work of
# fmnist-resnet8.
#
# Usage: long.sh BUILD [EPOCHS] [NET...]    (15, both)
# Leaves BUILD/long/NET.csv, .svg and .ck; fails when a network gets less than 91 % of the test
# images right.
set -eu

build=$1
epochs=${2:-15}
if [ $# -ge 3 ]; then
  shift 2
else
  set -- fmnist-resnet8 fmnist-resnet20
fi
mkdir -p "$build/long"
for net in "$@"; do
  out=$build/long/$net
  resume=
  [ -e "$out.ck" ] && resume="--resume $out.ck"
  # shellcheck disable=SC2086  # two words or none
  "$build/wavecore" train "$net" --batch 64 --lr 0.1 --schedule cosine --epochs "$epochs" \
    --checkpoint "$out.ck" --checkpoint-every 500 --csv "$out.csv" --svg "$out.svg" $resume --json \
    >"$out.json"
  awk -v net="$net" -F'[:,]' '
    /"test_accuracy"/ { accuracy = 100 * $2 }
    /"loss"/ { loss = $2 }
    END {
      printf "%s: loss %.4f, test accuracy %.2f %%\n", net, loss, accuracy
      exit accuracy < 91
    }' "$out.json"
  awk -F, -v net="$net" '
    NR > 1 && !$6 { skipped++ }
    NR > 2 && $5 != last { changes++ }
    NR > 1 { last = $5 }
    END { printf "%s: %d steps, loss scale changed %d times, %d updates skipped, %g at the end\n",
          net, NR - 1, changes, skipped, last }' "$out.csv"
done
