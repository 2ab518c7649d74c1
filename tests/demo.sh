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

heading "the same network, one full training step of 32 images on the Verilated RTL and on the C model"
"$wavecore" compare fmnist-resnet8 --steps 1 --batch 32 --config mbs2 --devices sim:small,cmodel:

heading "DRAM bytes counted by the device, baseline"
"$wavecore" compare fmnist-resnet8 --steps 1 --batch 32 --config baseline \
  --devices sim:small,cmodel:
