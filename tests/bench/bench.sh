#!/bin/sh
# The figures of docs/results.md, measured here and now. Usage: bench.sh BUILD
set -eu

build=$1
export WAVECORE_PLUGINS="$build/lib"

heading() {
  printf '\n== %s\n' "$*"
}

heading "machine"
grep -m 1 'model name' /proc/cpuinfo
nproc

heading "training on the C model"
"$build/wavecore" train fmnist-resnet8 --config mbs2 --device cmodel:

heading "GEMMs and a step of ResNet-50 on the C model, beside OpenBLAS and PyTorch"
"$build/wavecore" bench

heading "array utilisation on the RTL"
"$build/bench_rtl"

heading "training step of 32 images on the RTL"
for config in baseline baseline-fused il mbs-fs mbs1 mbs2; do
  start=$(date +%s.%N)
  "$build/wavecore" compare fmnist-resnet8 --steps 1 --batch 32 --config $config \
    --devices sim:small,cmodel:
  echo "  $(echo "$(date +%s.%N) $start" | awk '{ printf "%.1f", $1 - $2 }') s"
done
