#!/bin/sh
# Compares one training step of the device with PyTorch: every feature and every gradient.
# Usage: oracle.sh BUILD [BATCH]
set -eu

build=$1
batch=${2:-32}
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$here/selftest.sh" "$build/tests/oracle/dump_reference"
for net in fmnist-resnet8 fmnist-inception; do
  echo "$net, batch $batch, the C model's third step against PyTorch float32:"
  "$build/wavecore" train $net --config baseline --batch "$batch" --steps 3 --eval 0 \
    --device cmodel: --dump-step "$work" >/dev/null
  "$here/torch_oracle.py" "$work"
done
