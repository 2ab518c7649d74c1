#!/bin/sh
# Whole training steps: every schedule, buffer, array and device gives the same bits, and the
# device counts the bytes that were planned. Usage: test_network.sh BUILD
set -u

wavecore=$1/wavecore
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck source=tests/lib/verdict.sh
. "$here/../lib/verdict.sh"

# weights OUT NET STEPS BATCH CONFIG DEVICE [BUFFER]: FP32 masters after some steps
weights() {
  "$wavecore" train "$2" --steps "$3" --batch "$4" --config "$5" --device "$6" --eval 0 --seed 7 \
    ${7:+--buffer "$7"} --save-weights "$work/$1" >"$work/log" 2>&1
}

same() { # same NAME REFERENCE NET STEPS BATCH CONFIG DEVICE [BUFFER]
  name=$1
  reference=$2
  shift 2
  rm -f "$work/other"
  weights other "$@" && cmp "$work/$reference" "$work/other" >>"$work/log" 2>&1
  verdict $? "$name"
}

field() { # field NAME FILE: a number of a JSON object
  sed -n "s/.*\"$1\": *\([0-9.]*\).*/\1/p" "$2" | head -n 1
}

# I2: schedules and buffers, a batch that no sub-batch divides
weights fmnist fmnist-resnet8 3 19 baseline cmodel:
verdict $? "fmnist-resnet8, batch 19, baseline trains"
for config in baseline-fused il mbs-fs mbs1 mbs2 mbs-r; do
  same "$config has baseline's weights after 3 steps" fmnist fmnist-resnet8 3 19 $config cmodel:
done
for buffer in 24KiB 64KiB 100KiB 1MiB; do
  for config in baseline mbs1 mbs2 mbs-r; do
    same "$config in $buffer has the same weights" fmnist fmnist-resnet8 3 19 $config cmodel: $buffer
  done
done
same "another array, lanes and one thread have the same weights" fmnist fmnist-resnet8 3 19 mbs2 \
  cmodel:rows=128,cols=128,lanes=32,buffer=10MiB,threads=1

# I2 at full size: two images on one core of the paper's chip
for net in resnet50 inception3; do
  weights full $net 1 2 baseline cmodel:paper,cores=1
  verdict $? "$net, batch 2, baseline trains"
  for config in mbs2 mbs-r; do
    same "$net: $config has baseline's weights after a step" full $net 1 2 $config \
      cmodel:paper,cores=1
  done
done

# I2 on the RTL: three arrays and SystemC
weights tiny tiny-resnet 3 6 baseline cmodel:
verdict $? "tiny-resnet, batch 6, baseline trains"
for device in sim:4x4 sim:8x8 sim:small systemc:small; do
  for config in baseline mbs1 mbs2 mbs-r; do
    same "$device, $config: the C model's weights after 3 steps" tiny tiny-resnet 3 6 $config \
      $device 48KiB
  done
done

# I1: every byte of DRAM, two steps and update, on each device
for device in sim:4x4 sim:8x8 sim:small systemc:small; do
  for config in mbs2 mbs-r; do
    "$wavecore" compare tiny-identity --steps 2 --batch 5 --config $config \
      --devices $device,cmodel: >"$work/log" 2>&1
    verdict $? "$device, $config: every byte of DRAM and every counter equals the C model's"
  done
done

# Modules whose branches are joined: overlapping pools, averages, kernels that are not square
weights inception fmnist-inception 2 6 baseline cmodel:
verdict $? "fmnist-inception, batch 6, baseline trains"
for config in il mbs-fs mbs1 mbs2 mbs-r; do
  for buffer in 32KiB 64KiB 256KiB; do
    same "$config in $buffer has the same weights" inception fmnist-inception 2 6 $config cmodel: \
      $buffer
  done
done
for device in sim:4x4 sim:8x8 sim:small; do
  for config in mbs2 mbs-r; do
    "$wavecore" compare fmnist-inception --steps 1 --batch 5 --config $config \
      --devices $device,cmodel: >"$work/log" 2>&1
    verdict $? "fmnist-inception, $config, on $device: every byte and counter equals the C model's"
  done
done

# A stem of three channels, whose taps come out of strips where the buffer has room for them
weights stem tiny-stem 2 7 baseline cmodel:
verdict $? "tiny-stem, batch 7, baseline trains"
for buffer in 24KiB 256KiB 1MiB; do
  same "tiny-stem: mbs2 in $buffer has the same weights" stem tiny-stem 2 7 mbs2 cmodel: $buffer
done
same "sim:small: the C model's weights of tiny-stem after 2 steps" stem tiny-stem 2 7 mbs2 sim:small
for device in sim:small sim:8x8; do
  "$wavecore" compare tiny-stem --steps 2 --batch 5 --config mbs2 --devices $device,cmodel: \
    >"$work/log" 2>&1
  verdict $? "tiny-stem on $device: every byte and every counter equals the C model's"
done

# Two cores: I2 on the RTL, I1 with a memory port each and with one for both, I3
weights tiny2 tiny-resnet 3 6 baseline cmodel:cores=2
verdict $? "tiny-resnet, batch 6, two cores, baseline trains"
for device in sim:4x4x2 sim:4x4x2,stall=20 sim:small2 cmodel:cores=2,rows=8,lanes=8; do
  for config in baseline mbs2 mbs-r; do
    same "$device, $config: the weights of two cores after 3 steps" tiny2 tiny-resnet 3 6 $config \
      $device 48KiB
  done
done
for device in sim:4x4x2 sim:small2; do
  for net in tiny-identity fmnist-resnet8; do
    "$wavecore" compare $net --steps 2 --batch 4 --devices $device,cmodel:cores=2 --json \
      >"$work/cores.json" 2>"$work/log"
    verdict $? "$net on $device: every byte of DRAM and every counter equals the C model's"
  done
done
"$wavecore" compare fmnist-resnet8 --batch 32 --buffer 256KiB --devices sim:small2,cmodel:cores=2 \
  --json >"$work/cores.json" 2>"$work/log"
verdict $? "fmnist-resnet8, batch 32, two cores: a step on the RTL leaves the C model's bytes"
"$wavecore" schedule fmnist-resnet8 --batch 32 --cores 2 --json >"$work/plan.json" 2>"$work/log"
planned=$(field total "$work/plan.json")
counted=$(field dram_bytes "$work/cores.json")
echo "planned $planned, counted $counted bytes" >"$work/log"
[ -n "$counted" ] && [ "$planned" = "$counted" ]
verdict $? "two cores together count the planned bytes ($counted)"

# I1 and I2 of groups found by time
"$wavecore" compare fmnist-resnet8 --batch 32 --objective time --plans 60 \
  --devices sim:small,cmodel: >"$work/log" 2>&1
verdict $? "fmnist-resnet8, batch 32, mbs2 by time: a step on the RTL leaves the C model's bytes"
"$wavecore" train tiny-resnet --steps 3 --batch 6 --objective time --plans 60 --eval 0 --seed 7 \
  --device cmodel: --buffer 48KiB --save-weights "$work/timed" >"$work/log" 2>&1 &&
  cmp "$work/tiny" "$work/timed" >>"$work/log" 2>&1
verdict $? "tiny-resnet, mbs2 by time: baseline's weights after 3 steps"

"$wavecore" train tiny-resnet --config mbs-r --steps 3 --batch 6 --objective time --plans 60 \
  --eval 0 --seed 7 --device cmodel: --buffer 48KiB --save-weights "$work/timed" \
  >"$work/log" 2>&1 && cmp "$work/tiny" "$work/timed" >>"$work/log" 2>&1
verdict $? "tiny-resnet, mbs-r by time: baseline's weights after 3 steps"

# I1, I3 and the traffic of the real network, counted by the RTL
for config in baseline mbs2 mbs-r; do
  "$wavecore" compare fmnist-resnet8 --steps 1 --batch 32 --config $config --buffer 256KiB \
    --devices sim:small,cmodel: --json >"$work/$config.json" 2>"$work/log"
  verdict $? "fmnist-resnet8, batch 32, $config: a step on the RTL leaves the C model's bytes"
  "$wavecore" schedule fmnist-resnet8 --batch 32 --config $config --buffer 256KiB \
    --json >"$work/plan.json" 2>"$work/log"
  planned=$(field total "$work/plan.json")
  counted=$(field dram_bytes "$work/$config.json")
  echo "$config: planned $planned, counted $counted bytes" >"$work/log"
  [ -n "$counted" ] && [ "$planned" = "$counted" ]
  verdict $? "$config: the RTL counts the planned bytes ($counted)"
done
baseline=$(field dram_bytes "$work/baseline.json")
mbs2=$(field dram_bytes "$work/mbs2.json")
echo "baseline $baseline, mbs2 $mbs2" >"$work/log"
[ -n "$mbs2" ] && [ $((2 * mbs2)) -le "$baseline" ]
verdict $? "mbs2 moves at most half of baseline's bytes ($mbs2 of $baseline)"

# The states of every engine partition the cycles
for device in sim:4x4 sim:small; do
  "$wavecore" profile tiny-resnet --batch 4 --device $device --json >"$work/profile" 2>"$work/log"
  cycles=$(field cycles "$work/profile")
  sums=$(awk '/"layers":/ { exit }
    /"(load|store|gemm|vec)":/ { sum = 0; next }
    /": [0-9]+,?$/ { sum += $2 }
    /^    }/ { print sum }' "$work/profile" | sort -u)
  echo "$device: $cycles cycles, engines $sums" >"$work/log"
  [ -n "$cycles" ] && [ "$sums" = "$cycles" ]
  verdict $? "$device: the states of every engine add up to the cycles"
done

# and those of all layers and passes are the counters, state by state
for device in sim:4x4 sim:small; do
  "$wavecore" profile tiny-resnet --batch 4 --device $device --json --svg "$work/chart.svg" \
    >"$work/profile" 2>"$work/log"
  awk '/"layers":/ { layers = 1 }
    /"(load|store|gemm|vec)":/ { engine = $1 }
    /"(macs|dram_read|dram_written|dram_bytes)":/ {
      key = $1; sub("dram_(read|written)", "dram_bytes", key); sum[layers, key] += $2; keys[key] }
    /^ +"[a-z]+": [0-9]+,?$/ && !/"(macs|cycles|commands)"/ {
      sum[layers, engine $1] += $2; keys[engine $1] }
    END {
      for (key in keys) {
        n++
        if (sum["", key] != sum[1, key]) {
          print key, "of layers", sum[1, key], "counted", sum["", key]
          wrong = 1
        }
      }
      exit wrong || n != 26
    }' "$work/profile" >>"$work/log"
  verdict $? "$device: the cycles, MACs and bytes of all layers add up to the counters"
  keys=$("$here/../cli/json_keys.sh" <"$work/profile")
  echo "$keys" >"$work/log"
  [ "$keys" = "cycles core_cycles mac_utilisation macs dram_bytes engines load busy operand memory token idle\
 store gemm partial weights acts psum drain vec layers layer pass partial_use dram_read\
 dram_written commands" ]
  verdict $? "$device: fields of profile"
  [ "$(grep -c '^<svg\|^</svg>' "$work/chart.svg")" = 2 ]
  verdict $? "$device: there is a chart"
done
"$wavecore" profile tiny-resnet --batch 2 --device sim:4x4 --svg "$work/none.svg" \
  --from 1000000000 >"$work/log" 2>&1
[ $? = 2 ] && grep -q 'no cycles from' "$work/log" && [ ! -e "$work/none.svg" ]
verdict $? "a chart of no cycles is refused"
"$wavecore" profile tiny-resnet --batch 2 --device systemc:small --svg "$work/none.svg" \
  >"$work/log" 2>&1
[ $? = 2 ] && grep -q 'keeps no timeline' "$work/log"
verdict $? "a chart of a device without a timeline is refused"

verdicts
