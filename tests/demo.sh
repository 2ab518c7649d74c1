#!/bin/sh
# The main job on real data: train on the C model, repeat a step on the RTL, compare the bytes,
# compare the traffic of two schedules. Usage: demo.sh BUILD
set -eu

wavecore=$1/wavecore
work=$1/demo
mkdir -p "$work"

heading() {
  printf '\n== %s\n' "$*"
}

heading "train fmnist-resnet8 on Fashion-MNIST: MBS2 schedule, bit-accurate C model"
"$wavecore" train fmnist-resnet8 --config mbs2 --device cmodel: --epochs "${EPOCHS:-2}" \
  --csv "$work/train.csv" --save-weights "$work/weights.bin"

step() { # step CONFIG: one step of 32 images on the RTL and on the C model, grouped as train does
  "$wavecore" compare fmnist-resnet8 --steps 1 --batch 32 --config "$1" --grouping joint \
    --devices sim:small,cmodel: >"$work/$1.txt"
  cat "$work/$1.txt"
}

heading "the same network, one full training step of 32 images on the Verilated RTL and on the C model"
step mbs2

heading "the same step with the conventional schedule"
step baseline

heading "counted by the device"
printf '%-10s %14s %10s %12s\n' schedule "DRAM bytes" cycles utilisation
for config in baseline mbs2; do
  sed -n "s/.* counted \([0-9]*\) bytes.* \([0-9]*\) cycles, array utilisation \(.*\)/$config \1 \2 \3/p" \
    "$work/$config.txt" | while read -r name bytes cycles utilisation; do
    printf '%-10s %14s %10s %12s\n' "$name" "$bytes" "$cycles" "$utilisation"
  done
done
