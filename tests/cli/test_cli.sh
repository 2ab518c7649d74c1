#!/bin/sh
# The `wavecore` command from outside: results, JSON fields, exit codes, and every bad input.
#
# Usage: test_cli.sh WAVECORE    (with the test plug-ins in tests/plugins beside it)
# Prints a line a case and "N passed, N failed". Bad input must end in one line on stderr that
# names what is wrong, in the documented exit status, without a file left behind.
set -u

wavecore=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
data=$work/data
passed=0
failed=0
trap 'rm -rf "$work"' EXIT
search= # where wavecore looks for programs, if not on PATH
export LC_ALL=C
WAVECORE_PLUGINS=$(dirname "$wavecore")/tests/plugins
export WAVECORE_PLUGINS

ok() {
  passed=$((passed + 1))
  echo "ok    $1"
}

not_ok() { # not_ok NAME WHY
  failed=$((failed + 1))
  echo "FAIL  $1: $2"
  sed 's/^/  | /' "$work/err" | head -n 5
}

# check NAME COMMAND...: the command succeeds
check() {
  name=$1
  shift
  if "$@"; then
    ok "$name"
  else
    not_ok "$name" "$*"
  fi
}

run() { # run ARGUMENTS...: sets status, fills out and err
  PATH=${search:-$PATH} "$wavecore" "$@" >"$work/out" 2>"$work/err" </dev/null
  status=$?
}

# works NAME ARGUMENTS...: exit status 0 and nothing on stderr
works() {
  name=$1
  shift
  run "$@"
  if [ "$status" -eq 0 ] && [ ! -s "$work/err" ]; then
    ok "$name"
  else
    not_ok "$name" "exit status $status"
  fi
}

# says NAME WORDS: the last output holds them
says() {
  if grep -q -e "$2" "$work/out"; then
    ok "$1"
  else
    not_ok "$1" "no '$2' in the output"
  fi
}

# refused NAME STATUS WORDS ARGUMENTS...: that exit status, one line on stderr with the words, and
# nothing on stdout
refused() {
  name=$1
  want=$2
  words=$3
  shift 3
  run "$@"
  lines=$(wc -l <"$work/err")
  if [ "$status" -ne "$want" ]; then
    not_ok "$name" "exit status $status, not $want"
  elif [ "$lines" -ne 1 ]; then
    not_ok "$name" "$lines lines on stderr"
  elif [ -s "$work/out" ]; then
    not_ok "$name" "output in spite of the error"
  elif ! grep -q -e "$words" "$work/err"; then
    not_ok "$name" "no '$words'"
  else
    ok "$name"
  fi
}

# fails COMMAND...: the other way round
fails() {
  ! "$@"
}

# no_gnuplot COMMAND...: wavecore finds no gnuplot
no_gnuplot() {
  search=/nonexistent
  "$@"
  search=
}

# charts_are_xml FILE N: it has N charts, each with a title, all well formed
charts_are_xml() {
  python3 - "$@" 2>>"$work/err" <<'EOF'
import re, sys, xml.dom.minidom
page = open(sys.argv[1], encoding="utf-8").read()
charts = re.findall(r'<svg[^>]* role="img".*?</svg>', page, re.S)
for chart in charts:
    assert xml.dom.minidom.parseString(chart).getElementsByTagName("title")
assert len(charts) == int(sys.argv[2]), len(charts)
EOF
}

# same NAME FILE FILE
same() {
  check "$1" cmp -s "$2" "$3"
}

differ() {
  ! cmp -s "$1" "$2"
}

# bytes FILE, lines FILE, files DIR: how many
bytes() {
  wc -c <"$1"
}
lines() {
  wc -l <"$1"
}
files() {
  find "$1" -type f | wc -l
}

# absent NAME FILE...
absent() {
  name=$1
  shift
  for file in "$@"; do
    if [ -e "$file" ]; then
      not_ok "$name" "$file is there"
      return
    fi
  done
  ok "$name"
}

# fields NAME FIELDS: the JSON object (or the first of a list) in the output has these keys in
# this order
fields() {
  got=$("$here/json_keys.sh" <"$work/out")
  if [ "$got" = "$2" ]; then
    ok "$1"
  else
    not_ok "$1" "fields '$got'"
  fi
}

octal() { # octal BYTE...: the bytes themselves
  for byte in "$@"; do
    # shellcheck disable=SC2059  # the format is the byte
    printf "\\$(printf '%03o' $((byte & 255)))"
  done
}

flip() { # flip FILE OFFSET: inverts one byte
  octal $((255 - $(od -An -tu1 -j "$2" -N 1 "$1"))) |
    dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

poke32() { # poke32 FILE OFFSET VALUE: a little-endian number
  octal "$3" $(($3 >> 8)) $(($3 >> 16)) $(($3 >> 24)) |
    dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# A data set of 64 + 32 images of 28 x 28 with ten classes.
be32() { # be32 NUMBER...
  for number in "$@"; do
    octal $((number >> 24)) $((number >> 16)) $((number >> 8)) "$number"
  done
}
pixels() { # pixels COUNT: the same bytes every time
  awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) { x = (x * 1103 + 12345) % 65536
    printf "%c", 33 + x % 90 } }'
}
labels() { # labels COUNT
  i=0
  while [ "$i" -lt "$1" ]; do
    octal $((i * 7 % 10))
    i=$((i + 1))
  done
}
make_data() { # make_data DIR
  mkdir -p "$1"
  { be32 2051 64 28 28 && pixels 50176; } | gzip -n >"$1/train-images-idx3-ubyte.gz"
  { be32 2049 64 && labels 64; } | gzip -n >"$1/train-labels-idx1-ubyte.gz"
  { be32 2051 32 28 28 && pixels 25088; } | gzip -n >"$1/t10k-images-idx3-ubyte.gz"
  { be32 2049 32 && labels 32; } | gzip -n >"$1/t10k-labels-idx1-ubyte.gz"
}
make_data "$data"

# --- the command itself -----------------------------------------------------------------------
works "help" --help
says "help lists the commands" "compare"
run
check "no command is bad usage" [ "$status" -eq 2 ]
refused "an unknown command is refused with a suggestion" 2 "did you mean train" trian
refused "a word far from every command is refused" 2 "unknown command" xyzzyxyzzy
for command in nets schedule compile disasm verify train compare profile bench probe; do
  works "help of $command" "$command" --help
  refused "$command refuses unknown options" 2 "unknown option '--frobnicate'" \
    "$command" --frobnicate
done
refused "a missing operand is named" 2 "no NET given" schedule
refused "too many operands are refused" 2 "'two' is too much" schedule one two
refused "a missing value is named" 2 "no value behind" schedule fmnist-resnet8 --batch

# --- nets, schedule ----------------------------------------------------------------------------
works "nets" nets
says "nets lists fmnist-resnet8" "^fmnist-resnet8"
works "nets --json" nets --json
fields "fields of nets" "name macs params conv_out_elems train_macs"
works "schedule" schedule fmnist-resnet8
says "schedule shows the total" "^total"
says "schedule shows the samples that a group hands to the next" \
  "^ *3 .* backward .* yes  *2  *[0-9]"
for config in baseline archopt baseline-fused il mbs-fs mbs1 mbs2 mbs-r; do
  works "schedule --config $config" schedule fmnist-resnet8 --config "$config" --json
  fields "fields of schedule, $config" \
    "network config batch cores buffer_bytes groups first last direction sub_batch iterations reuse pinned handed keep dram_bytes total features_read features_written weights weight_gradients gradients_read gradients_written masks macs_added kept tensor bytes choice"
done
works "schedule --grouping greedy" schedule fmnist-resnet8 --buffer 64KiB --grouping greedy
works "schedule --grouping joint" schedule fmnist-resnet8 --buffer 64KiB --grouping joint
refused "an unknown grouping is named, with the known ones" 2 "grouping 'best'.*optimal, joint, greedy" \
  schedule fmnist-resnet8 --grouping best
refused "greedy merging knows nothing of time" 2 "greedy goes with --objective traffic" \
  schedule fmnist-resnet8 --grouping greedy --objective time
works "schedule of mbs-r" schedule fmnist-resnet8 --config mbs-r
says "schedule shows what is made again" "^made again"
works "schedule --keep" schedule fmnist-resnet8 --config mbs-r --keep convs
says "no MAC is done again where results of convolutions are kept" "^MACs added  *0,"
refused "a rule that there is not" 2 "keep 'some'.*all, convs" schedule fmnist-resnet8 \
  --config mbs-r --keep some
refused "a rule for a configuration that keeps all" 2 "only --config mbs-r" schedule \
  fmnist-resnet8 --keep convs
works "schedule --dump" schedule tiny-resnet --batch 2 --dump
refused "an unknown network is named, with the known ones" 2 "unknown network 'resnet9000'.*fmnist" \
  schedule resnet9000
refused "batch 0" 2 "batch '0'.*1 to 65535" schedule fmnist-resnet8 --batch 0
refused "batch -3" 2 "batch '-3'" schedule fmnist-resnet8 --batch -3
refused "batch 1x" 2 "batch '1x'" schedule fmnist-resnet8 --batch 1x
refused "batch 70000" 2 "batch '70000'" schedule fmnist-resnet8 --batch 70000
refused "no cores" 2 "cores '0'" schedule fmnist-resnet8 --cores 0
refused "a batch that cores cannot share" 2 "batch 5.*2 cores" schedule fmnist-resnet8 --batch 5 \
  --cores 2
refused "the same, to train" 2 "batch 5.*2 cores" train tiny-resnet --batch 5 --data random \
  --device cmodel:cores=2
refused "an unknown configuration is named, with the known ones" 2 "mbs3.*baseline, archopt.*mbs2" \
  schedule fmnist-resnet8 --config mbs3
refused "a size that is none" 2 "buffer 'huge'" schedule fmnist-resnet8 --buffer huge
refused "a buffer that no plan fits" 2 "stem.conv.*needs.*buffer" schedule fmnist-resnet8 --buffer 1KiB
refused "a buffer that no plan fits, to train in" 2 "needs.*buffer" \
  train fmnist-resnet8 --data "$data" --buffer 1KiB

# --- estimate ----------------------------------------------------------------------------------
few="--device cmodel:small --batch 8 --buffer 64KiB --port 32"
# shellcheck disable=SC2086  # a list of options
{
  for config in baseline archopt baseline-fused il mbs-fs mbs1 mbs2; do
    works "estimate --config $config" estimate fmnist-resnet8 $few --config $config --json
    fields "fields of estimate, $config" \
      "network config memory batch cores dram_bytes total features_read features_written weights weight_gradients gradients_read gradients_written masks seconds joules joules_by_part dram array buffer local vector static utilisation macs dram_capacity_bytes step_cycles update_cycles"
  done
  for memory in hbm2 hbm2x2 gddr5 lpddr4; do
    works "estimate --memory $memory" estimate tiny-resnet $few --memory $memory
    says "estimate tells energy, $memory" "^energy .* J "
  done
  works "estimate by time" estimate tiny-resnet $few --objective time --plans 20
  works "estimate by energy" estimate tiny-resnet $few --objective energy --plans 20
  works "estimate, greedy" estimate tiny-resnet $few --grouping greedy
  echo '{"hbm2": 1, "static_w": 2}' >"$work/energy.json"
  works "estimate --energy" estimate tiny-resnet $few --energy "$work/energy.json"
  echo '{"hbm3": 1}' >"$work/energy.json"
  refused "an energy of nothing" 2 "no energy is named 'hbm3'" estimate tiny-resnet $few \
    --energy "$work/energy.json"
  refused "energies that are not there" 2 "no/energies" estimate tiny-resnet $few \
    --energy /no/energies
  refused "an unknown memory is named, with the known ones" 2 "'hbm9'.*hbm2, hbm2x2, gddr5, lpddr4" \
    estimate tiny-resnet $few --memory hbm9
  refused "a port that is no power of two" 2 "port 48" estimate tiny-resnet --port 48
  refused "a buffer that no estimate fits" 2 "conv.*needs.*larger buffer" estimate resnet50 --buffer 16KiB
  refused "one image for two cores" 2 "cannot be shared evenly" estimate tiny-resnet --batch 1
  works "one image for one core" estimate tiny-resnet --batch 1 --cores 1
  works "a last sub-batch of one image" estimate fmnist-resnet8 --batch 33 --cores 1 --buffer 64KiB
}

# --- report ------------------------------------------------------------------------------------
mkdir "$work/kept"
works "report --quick" report --quick -o "$work/report.html" --keep "$work/kept"
check "the page is whole" grep -q '</html>' "$work/report.html"
check "its charts are XML" charts_are_xml "$work/report.html" 11
sed 's/<polygon/<polygon x=1/' "$work/report.html" >"$work/broken.html"
check "broken ones would be seen" fails charts_are_xml "$work/broken.html" 11
works "report from what is kept" report --quick -o "$work/again.html" --keep "$work/kept"
same "results that are kept give the same page" "$work/report.html" "$work/again.html"
works "report --json" report --quick --json --keep "$work/kept"
fields "fields of report" \
  "network config groups memory images_per_core buffer_bytes array result batch cores dram_bytes total features_read features_written weights weight_gradients gradients_read gradients_written masks seconds joules joules_by_part dram buffer local vector static utilisation macs dram_capacity_bytes step_cycles update_cycles"
refused "a report without a place" 2 "no -o FILE" report --quick
refused "a report that cannot be written" 1 "no/where" report --quick -o /no/where.html \
  --keep "$work/kept"
no_gnuplot refused "a report without gnuplot" 1 "gnuplot: not found.*install Debian's gnuplot-nox" \
  report --quick -o "$work/x.html" --keep "$work/kept"
check "no page is left behind" [ ! -e "$work/x.html" ]
no_gnuplot works "report --json without gnuplot" report --quick --json --keep "$work/kept"
refused "a place to keep that is none" 2 "keep /no/where: not a directory" report --quick \
  -o "$work/x.html" --keep /no/where

# --- compile, disasm, verify -------------------------------------------------------------------
wcs=$work/a.wcs
works "compile" compile tiny-resnet --batch 4 -o "$wcs"
works "compile --json" compile tiny-resnet --batch 4 -o "$wcs" --json
fields "fields of compile" \
  "file network config batch cores buffer_bytes memory_bytes sections name core commands bytes"
works "verify" verify "$wcs"
works "verify --device" verify "$wcs" --device cmodel:
works "verify --json" verify "$wcs" --json
fields "fields of verify" "file ok device_error sections name core commands command error"
works "disasm" disasm "$wcs"
says "disasm shows vector programs as assignments" "VEC .*T = "
says "disasm ends each section with END" "END$"
works "disasm --section infer --json" disasm "$wcs" --section infer --json
fields "fields of disasm" "name core address bytes commands"
refused "an unknown section" 2 "step, update, infer, train-a, train-b or settle" disasm "$wcs" --section prologue
refused "compile without -o" 2 "-o FILE" compile tiny-resnet
refused "a place that does not exist" 1 "no/such" compile tiny-resnet -o "$work/no/such/a.wcs"
refused "a full disk while compiling" 1 "No space left" compile tiny-resnet -o /dev/full
refused "a missing program" 2 "nowhere.wcs" verify "$work/nowhere.wcs"
refused "a directory instead of a program" 2 "not a file" verify "$work"

bad=$work/bad.wcs
size=$(wc -c <"$wcs")
for offset in 0 5 9 13 18 30 200 $((size / 2)) $((size - 40)) $((size - 1)); do
  cp "$wcs" "$bad"
  flip "$bad" "$offset"
  refused "a program with byte $offset changed" 2 "bad.wcs" verify "$bad"
done
cp "$wcs" "$bad"
poke32 "$bad" 0 0x21534357
refused "wrong magic" 2 "does not begin with WCS1" verify "$bad"
cp "$wcs" "$bad"
poke32 "$bad" 4 7
refused "wrong format version, both named" 2 "version 7, this program reads 5" verify "$bad"
cp "$wcs" "$bad"
poke32 "$bad" 8 0x00050002
refused "wrong interface version, both named" 2 "5.2, this program has 2." disasm "$bad"
head -c $((size / 3)) "$wcs" >"$bad"
refused "a truncated program" 2 "truncated" verify "$bad"
: >"$bad"
refused "an empty program" 2 "not a WaveCore program" verify "$bad"
run compile tiny-resnet --batch 4 --buffer 1MiB -o "$bad"
run verify "$bad" --device cmodel:buffer=256KiB
if [ "$status" -eq 1 ] && grep -q "1MiB.*256KiB.*--buffer" "$work/err"; then
  ok "a program that needs more buffer than the device has"
else
  not_ok "a program that needs more buffer than the device has" "$status"
fi
works "compile --cores" compile tiny-resnet --batch 4 --cores 2 -o "$work/two.wcs"
works "verify, two cores" verify "$work/two.wcs" --device cmodel:cores=2
says "verify names the cores" "update, core 1 .*well formed"
run verify "$work/two.wcs" --device cmodel:
if [ "$status" -eq 1 ] && grep -q "2 cores.*has 1.*--cores 1" "$work/err"; then
  ok "a program that needs more cores than the device has"
else
  not_ok "a program that needs more cores than the device has" "$status"
fi
run verify "$bad" --device cmodel:buffer=1MiB,mem=16KiB
if [ "$status" -eq 1 ] && grep -q "memory.*16KiB" "$work/err"; then
  ok "a program that needs more memory than the device has"
else
  not_ok "a program that needs more memory than the device has" "$status"
fi

# --- probe, devices ----------------------------------------------------------------------------
works "probe" probe
says "probe lists the C model" "^cmodel:"
works "probe --json" probe --json
fields "fields of probe" "uri where problem"
export WAVECORE_PORTS=/dev/null,timeout=100:/dev/no-such-port
works "probe with ports" probe
says "a port that is none is listed, with why" "^uart:/dev/null,timeout=100 *not usable: /dev/null is no serial"
says "so is the next one" "^uart:/dev/no-such-port *not usable:.*No such file"
unset WAVECORE_PORTS
works "selftest" selftest
says "selftest climbs to the top" "^ok *weight update *2000 bytes as the C model"
works "selftest --until" selftest --until 18 --json
says "selftest ends where it is told to" '"step": "one MAC"'
check "and not later" sh -c "! grep -q tile $work/out"
refused "the smoke test wants a port" 2 "uart:PORT" selftest --smoke
refused "a port that is not there" 3 "No such file" selftest --smoke --device uart:/dev/no-such-port
works "probe --device" probe --device cmodel:rows=8,cols=4,buffer=64KiB --json
says "capabilities are read from the device" '"rows": 8'
refused "a device without cores" 2 "'cores'" probe --device cmodel:cores=0
refused "a URI that makes no sense" 2 "'rows'" probe --device cmodel:rows
refused "an unknown kind of device" 3 "unknown kind 'abacus'" probe --device abacus:
refused "a plug-in that is not there, with its remedy" 3 "wcdev_sim_none.so.*make sim" \
  probe --device sim:none

# Devices that misbehave: tests/driver/fake_device.c.
works "a plug-in is probed" probe --device fake:good
refused "a device of another version, both named" 3 "version 3.7, this driver 2." \
  probe --device fake:good,version=3
refused "a device that is no WaveCore" 3 "0xDEADBEEF" probe --device fake:good,id
refused "a device that does not answer in time" 3 "no answer in 1 s.*--timeout" \
  train tiny-resnet --steps 1 --device fake:good,hang --timeout 1 --dump-state "$work/state"
check "its state is written" grep -q "status: busy" "$work/state"
refused "a link that fails" 3 "link to the device failed" \
  train tiny-resnet --steps 1 --device fake:good,broken

# --- train -------------------------------------------------------------------------------------
small="--data $data --batch 8 --eval 0"
# shellcheck disable=SC2086  # a list of options
{
  works "train" train fmnist-resnet8 $small --steps 3 --save-weights "$work/w3"
  check "weights are the FP32 masters, nothing else" [ "$(bytes "$work/w3")" -eq $((4 * 77754)) ]
  for config in baseline baseline-fused il mbs-fs mbs1; do
    works "train --config $config" train fmnist-resnet8 $small --steps 3 --config $config \
      --save-weights "$work/w"
    same "$config trains to the same bits" "$work/w" "$work/w3"
  done
  for buffer in 24KiB 100KiB 1MiB; do
    works "train --buffer $buffer" train fmnist-resnet8 $small --steps 3 --buffer $buffer \
      --save-weights "$work/w"
    same "a buffer of $buffer trains to the same bits" "$work/w" "$work/w3"
  done
  works "train on another array" train fmnist-resnet8 $small --steps 3 \
    --device cmodel:rows=4,cols=4,threads=1 --save-weights "$work/w"
  same "another array trains to the same bits" "$work/w" "$work/w3"
  works "train --seed" train fmnist-resnet8 $small --steps 3 --seed 2 --save-weights "$work/w"
  check "another seed, other bits" differ "$work/w" "$work/w3"
  works "train --json" train fmnist-resnet8 --data "$data" --batch 8 --steps 2 --json
  fields "fields of train" \
    "steps loss test_accuracy seconds images_per_s dram_bytes cycles images_skipped peak_bytes image_bytes"
  says "the C model has no cycles" '"cycles": null'
  works "random images for a network of another size" train tiny-resnet --batch 8 --steps 2
  says "they are its test images too" "test accuracy"
  works "train --csv" train fmnist-resnet8 $small --steps 4 --csv "$work/csv"
  check "the CSV has a line for each step" [ "$(lines "$work/csv")" -eq 5 ]
  works "train --svg" train fmnist-resnet8 $small --steps 3 --csv "$work/csv" --svg "$work/svg"
  check "the curves are XML" charts_are_xml "$work/svg" 1
  no_gnuplot refused "curves without gnuplot" 1 "install Debian's gnuplot-nox" \
    train fmnist-resnet8 $small --steps 3 --csv "$work/x.csv" --svg "$work/x.svg"
  check "it is told before a step is trained" [ ! -e "$work/x.csv" ]
  no_gnuplot works "train --csv without gnuplot" train fmnist-resnet8 $small --steps 1 \
    --csv "$work/x.csv"
  refused "curves without a record" 2 "svg.*--csv" train fmnist-resnet8 $small --steps 3 --svg "$work/x"
  works "dump of a step" train fmnist-resnet8 $small --steps 2 --dump-step "$work/dump"
  check "the dump has a stage after STEP" [ -s "$work/dump/step/index.json" ]
  check "the dump has a stage after UPDATE" [ -s "$work/dump/update/fc.w.master.bin" ]

  works "a long run" train fmnist-resnet8 $small --steps 9 --save-weights "$work/w9"
  works "its first part" train fmnist-resnet8 $small --steps 4 --checkpoint "$work/ck"
  works "its second part" train fmnist-resnet8 --data "$data" --eval 0 --resume "$work/ck" \
    --config baseline --buffer 64KiB --steps 9 --save-weights "$work/w"
  same "a resumed run has the same bits" "$work/w" "$work/w9"
  refused "resuming with another batch" 2 "batch 8.*change to 16" train fmnist-resnet8 \
    --data "$data" --resume "$work/ck" --batch 16
  refused "resuming with another seed" 2 "seed 1.*change to 5" train fmnist-resnet8 --data "$data" \
    --resume "$work/ck" --seed 5
  refused "resuming to a step that is past" 2 "ck has 4 steps, --steps 3" train fmnist-resnet8 \
    --data "$data" --resume "$work/ck" --steps 3
  refused "resuming another network" 2 "checkpoint of network fmnist-resnet8" train tiny-resnet \
    --data "$data" --resume "$work/ck"
  cp "$work/ck" "$work/ckbad"
  flip "$work/ckbad" 5000
  refused "a damaged checkpoint" 2 "ckbad.*CRC" train fmnist-resnet8 --data "$data" \
    --resume "$work/ckbad"
  refused "a checkpoint that is none" 2 "not a WaveCore checkpoint" train fmnist-resnet8 \
    --data "$data" --resume "$wcs"

  refused "a missing data set" 2 "train-images.*--data" train fmnist-resnet8 --data "$work/none"
  cp -r "$data" "$work/cut"
  gzip -dc "$data/train-images-idx3-ubyte.gz" | head -c 30000 | gzip -n \
    >"$work/cut/train-images-idx3-ubyte.gz"
  refused "a truncated data set" 2 "train-images.*truncated" train fmnist-resnet8 --data "$work/cut"
  head -c 2000 "$data/train-images-idx3-ubyte.gz" >"$work/cut/train-images-idx3-ubyte.gz"
  refused "a truncated gzip file" 2 "train-images.*truncated" train fmnist-resnet8 \
    --data "$work/cut"
  refused "images of another size" 2 "28 x 28, the network takes 8 x 8" train tiny-resnet \
    --data "$data"
  refused "a batch beyond the data set" 2 "65.*64 training images" train fmnist-resnet8 \
    --data "$data" --batch 65 --eval 0
  refused "train batch 0" 2 "batch '0'" train fmnist-resnet8 --data "$data" --batch 0
  refused "train steps 0" 2 "steps '0'" train fmnist-resnet8 --data "$data" --steps 0
  refused "a rate that is none" 2 "lr 'fast'" train fmnist-resnet8 --data "$data" --lr fast
  refused "a rate that is not finite" 2 "lr 'nan'" train fmnist-resnet8 --data "$data" --lr nan
  refused "an unknown schedule of the rate" 2 "linear, cosine" train fmnist-resnet8 \
    --data "$data" --schedule zigzag
  refused "a device whose buffer is too small for --buffer" 2 "1MiB.*64KiB" train fmnist-resnet8 \
    --data "$data" --device cmodel:buffer=64KiB --buffer 1MiB
  refused "a device whose memory is too small" 2 "memory" train fmnist-resnet8 --data "$data" \
    --device cmodel:mem=1MiB

  refused "weights to a full disk" 1 "No space left" train fmnist-resnet8 $small --steps 1 \
    --save-weights /dev/full
  refused "a checkpoint to a full disk" 1 "No space left" train fmnist-resnet8 $small --steps 1 \
    --checkpoint /dev/full
  refused "a CSV to a full disk" 1 "No space left" train fmnist-resnet8 $small --steps 1 \
    --csv /dev/full
}

# Folders of JPEG files, and images that are made up.
photo() { # photo FILE: 8 x 8 pixels, grey
  base64 -d >"$1" <<'EOF'
/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4
UG1RV19iZ2hnPk1xeXBkeFxlZ2P/wAALCAAIAAgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QA
tRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0
NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2
t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AEg8Hf8ATP8ASv/Z
EOF
}
for class in ant bee; do
  mkdir -p "$work/photos/train/$class" "$work/photos/val/$class"
  photo "$work/photos/val/$class/v.jpg"
  for n in 0 1 2 3; do
    photo "$work/photos/train/$class/$n.JPEG"
  done
done
folders="--data $work/photos --batch 4"
# shellcheck disable=SC2086  # a list of options
{
  works "folders of JPEG files" train tiny-stem $folders --steps 3 --loaders 1 --save-weights \
    "$work/wj1"
  works "three loaders" train tiny-stem $folders --steps 3 --loaders 3 --save-weights "$work/wj3"
  same "three loaders train to the same bits" "$work/wj1" "$work/wj3"
  works "the first part on folders" train tiny-stem $folders --steps 2 --checkpoint "$work/ckj"
  works "the second part on folders" train tiny-stem --data "$work/photos" --resume "$work/ckj" \
    --steps 3 --save-weights "$work/w"
  same "resuming draws the same crops" "$work/wj1" "$work/w"
  works "folders, to compare devices on" compare tiny-stem $folders --devices cmodel:,cmodel:rows=4
  cp "$work/photos/train/ant/0.JPEG" "$work/photos/train/ant/9.jpg"
  head -c 200 "$work/photos/train/ant/0.JPEG" >"$work/photos/train/ant/9.jpg"
  run train tiny-stem $folders --epochs 2 --json
  check "a corrupt JPEG does not end the run" [ "$status" -eq 0 ]
  check "it is named in one line" \
    [ "$(grep -c "warning: .*ant/9.jpg: skipped: corrupt JPEG: ." "$work/err")" -eq 1 ]
  says "and counted" '"images_skipped": 1'
  ln -s "$work/nowhere" "$work/photos/train/bee/9.jpg"
  refused "an unreadable JPEG" 2 "bee/9.jpg: cannot be read" train tiny-stem $folders
  rm "$work/photos/train/bee/9.jpg"
  mkdir "$work/photos/train/cow"
  refused "an empty class folder" 2 "train/cow: a class folder without" train tiny-stem $folders
  for n in $(seq 1 9); do
    mkdir "$work/photos/train/x$n"
  done
  refused "more class folders than classes" 2 "label 10 .*'x8' is not below" train tiny-stem \
    $folders
  works "synthetic images" train tiny-stem --data synthetic:5 --steps 2 --save-weights "$work/w5"
  works "the same seed" train tiny-stem --data synthetic:5 --steps 2 --save-weights "$work/w"
  same "the same seed gives the same images" "$work/w5" "$work/w"
  works "another seed" train tiny-stem --data synthetic:6 --steps 2 --save-weights "$work/w"
  check "another seed gives others" differ "$work/w5" "$work/w"
  refused "a seed that is no number" 2 "synthetic:x" train tiny-stem --data synthetic:x
}

# --- bench -------------------------------------------------------------------------------------
quick="--net tiny-stem --batch 2 --steps 1 --images 1 --seconds 0.001 --device cmodel:"
# shellcheck disable=SC2086  # a list of options
{
  run bench $quick --json --openblas "$work/none.so"
  check "bench without OpenBLAS goes on" [ "$status" -eq 0 ]
  check "and says what to install" grep -q "install libopenblas0-pthread" "$work/err"
  fields "fields of bench" "machine kernels threads clock peak_gflops gemm shape layer pass \
gflops ratio_openblas ratio_peak gemm_ratio_openblas geometric_mean least step network batch \
config seconds gemm_seconds vec_seconds dma_seconds non_gemm_share peak_bytes image_bytes \
pytorch_seconds"
  says "there is no ratio" '"ratio_openblas": null'
  says "the rate of a GEMM" '"gflops": [0-9]'
  says "no PyTorch for other networks" '"pytorch_seconds": null'
  says "the seconds of the GEMMs alone" '"gemm_seconds": [0-9]'
  run bench $quick --cpu-time --threads 1 --openblas "$work/none.so"
  says "its table" "weight_gradient"
  works "bench of the step only" bench $quick --no-gemm
  says "peak memory" "peak memory"
  works "bench of the GEMMs only" bench --no-step --no-gemm --threads 1
  run bench --net resnet50 --no-gemm --batch 1 --steps 1 --python "$work/none"
  check "bench without PyTorch goes on" [ "$status" -eq 0 ]
  check "and names python3-torch" grep -q "install python3-torch" "$work/err"
  refused "bench of an unknown network" 2 "unknown network 'resnet5'" bench --net resnet5
  refused "bench on a device that is none" 2 "paper" bench $quick --device cmodel:large
}

# A disk that fills up half-way: the limit on file sizes (blocks of 512 bytes) stands for it.
mkdir "$work/full"
cp "$work/ck" "$work/full/ck"
(
  ulimit -f 100
  trap '' XFSZ
  # shellcheck disable=SC2086
  "$wavecore" train fmnist-resnet8 $small --steps 2 --checkpoint "$work/full/ck" \
    >"$work/out" 2>"$work/err"
)
status=$?
if [ "$status" -eq 1 ] && grep -q "full/ck: not written" "$work/err"; then
  ok "a disk that fills up is reported"
else
  not_ok "a disk that fills up is reported" "exit status $status"
fi
same "the old checkpoint is untouched" "$work/ck" "$work/full/ck"
check "no partial file is left" [ "$(files "$work/full")" -eq 1 ]

# Ctrl-C: the run ends after its step, with checkpoint and weights written.
# shellcheck disable=SC2086
"$wavecore" train fmnist-resnet8 $small --steps 100000 --checkpoint "$work/ckint" \
  --save-weights "$work/wint" >"$work/out" 2>"$work/err" &
child=$!
tries=0
while [ "$tries" -lt 200 ] && ! { grep -q '^wavecore' "/proc/$child/comm" &&
  grep -q 'SigCgt.*[2367abef]$' "/proc/$child/status"; }; do
  sleep 0.1 # until the program runs, no longer the shell, and its handler of SIGINT is in place
  tries=$((tries + 1))
done
kill -INT $child
wait $child
status=$?
if [ "$status" -eq 0 ] && [ -s "$work/ckint" ] && [ -s "$work/wint" ] &&
  grep -q interrupted "$work/out"; then
  ok "an interrupted run ends well"
else
  not_ok "an interrupted run ends well" "exit status $status"
fi

# --- compare -----------------------------------------------------------------------------------
works "compare" compare tiny-resnet --batch 4 --steps 2 --devices cmodel:,cmodel:rows=4,cols=8
says "compare says what it compared" "equal in all of"
works "compare --checksums" compare tiny-resnet --batch 4 --checksums --devices cmodel:,cmodel:rows=4
says "compare --checksums says how many bytes" "equal in all of [1-9]"
works "compare --json" compare tiny-resnet --batch 4 --devices cmodel:threads=1,cmodel --json
fields "fields of compare" \
  "equal bytes_compared first_difference cycles mac_utilisation dram_bytes"
refused "one device is not two" 2 "two URIs" compare tiny-resnet --devices cmodel:rows=4,cols=4
refused "three devices are not two" 2 "two URIs" compare tiny-resnet \
  --devices cmodel:,cmodel:,cmodel:
refused "compare with a device that is not there" 3 "make sim" compare tiny-resnet \
  --devices cmodel:,sim:none
refused "compare on an unknown network" 2 "unknown network" compare nonet --devices cmodel:,cmodel:
refused "profile on a device without cycles" 2 "counts no cycles" profile tiny-resnet \
  --batch 2 --device cmodel:
refused "profile of an unknown network" 2 "unknown network" profile nonet --device cmodel:
refused "profile on a device that is not there" 3 "make sim" profile tiny-resnet --device sim:none
refused "profile batch 0" 2 "batch '0'" profile tiny-resnet --batch 0
refused "compare batch 0" 2 "batch '0'" compare tiny-resnet --batch 0
absent "no file of a refused run is left" "$work/none" "$work/no"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
