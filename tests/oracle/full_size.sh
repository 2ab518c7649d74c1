#!/bin/sh
# The first training step of a network at full size on the C model against PyTorch float32, whose
# nodes round to FP16 as ours do: every feature and every gradient.
# Usage: full_size.sh BUILD [NET] [BATCH] [FREE_COSINE]
set -eu

build=$1
net=${2:-resnet50}
batch=${3:-2}
cosine=${4:-0.996}
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$build/wavecore" train "$net" --config baseline --batch "$batch" --steps 1 --data synthetic:1 \
  --eval 0 --device cmodel:paper,cores=1 --dump-step "$work" >/dev/null
status=0
"$here/torch_oracle.py" --round --free-cosine "$cosine" "$work" >"$work/out" || status=$?
grep -v -e '^value' -e '^gradient .*s[0-9]' "$work/out"
exit "$status"
