#!/bin/sh
# Tries the PyTorch oracle on dumps of the FP64 reference, good and spoilt.
#
# Usage: selftest.sh DUMP_REFERENCE      (the program built from dump_reference.c)
# Prints a line a test and "N passed, N failed"; needs python3-torch for /usr/bin/python3.
set -u

dumper=$1
oracle=$(dirname "$0")/torch_oracle.py
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0
failed=0

dump() { # dump NET BATCH LOSS_SCALE [exact]: a fresh $dir/dump
  rm -rf "$dir/dump"
  mkdir "$dir/dump"
  "$dumper" "$1" "$2" "$3" "$dir/dump" ${4+"$4"} >/dev/null
}

expect() { # expect NAME STATUS WORDS: the oracle ends so, and says so
  # shellcheck disable=SC2086  # a list
  /usr/bin/python3 "$oracle" ${options:-} "$dir/dump" >"$dir/out" 2>&1
  status=$?
  if [ "$status" -eq "$2" ] && grep -q -- "$3" "$dir/out"; then
    passed=$((passed + 1))
    echo "ok     $1"
  else
    failed=$((failed + 1))
    echo "FAILED $1: status $status, want $2 and '$3'"
    tail -n 5 "$dir/out"
  fi
}

SEED=${SEED:-$(date +%s)}
export SEED
echo "SEED=$SEED"

dump tiny-resnet 8 1024 exact
expect "exact gradients agree" 0 "agrees with PyTorch"
dump tiny-resnet 32 1024
expect "gradients rounded as the device rounds agree" 0 "agrees with PyTorch"
options=--round
expect "and with values that PyTorch rounds, too" 0 "agrees with PyTorch"
options="--free-cosine 1.1"
expect "a limit on the cosine that nothing reaches" 1 "cosine 0.99.* free, limit 1.1"
options=
dump tiny-identity 32 65536
expect "an identity shortcut agrees" 0 "agrees with PyTorch"
dump fmnist-resnet8 16 4096
expect "fmnist-resnet8 agrees" 0 "agrees with PyTorch"
dump fmnist-inception 16 4096 exact
expect "exact gradients of fmnist-inception agree" 0 "agrees with PyTorch"
dump fmnist-inception 16 4096
expect "fmnist-inception agrees" 0 "agrees with PyTorch"

dump tiny-resnet 8 1024
dd if=/dev/zero of="$dir/dump/d_b1.conv1.w.bin" bs=400 count=1 conv=notrunc 2>/dev/null
expect "a wrong weight gradient is found" 1 "OVER gradient of b1.conv1.w"
dump tiny-resnet 8 1024
cp "$dir/dump/d_b1.gn1.beta.bin" "$dir/dump/d_b1.gn1.gamma.bin"
expect "an exchanged gradient is found" 1 "OVER gradient of b1.gn1.gamma"
dump tiny-resnet 8 1024
cp "$dir/dump/d_stem.pool@b1.conv1.bin" "$dir/dump/d_stem.pool.bin"
expect "a gradient that lacks the shortcut's share is found" 1 "OVER gradient of stem.pool"
dump tiny-resnet 8 1024
head -c 64 /dev/zero >"$dir/dump/stem.relu.mask.new"
tail -c +65 "$dir/dump/stem.relu.mask.bin" >>"$dir/dump/stem.relu.mask.new"
mv "$dir/dump/stem.relu.mask.new" "$dir/dump/stem.relu.mask.bin"
expect "a wrong mask is found" 1 "OVER value of stem.relu"
dump tiny-resnet 8 1024
sed -i 's/"loss_scale": 1024/"loss_scale": 1031/' "$dir/dump/index.json"
expect "a wrong loss scale is found" 1 "OVER gradient"

dump tiny-resnet 8 1024
truncate -s -2 "$dir/dump/fc.w.bin"
expect "a truncated file is named" 2 "fc.w.bin.*bytes"
dump tiny-resnet 8 1024
rm "$dir/dump/image.bin"
expect "a missing file is named" 2 "image.bin"
rm "$dir/dump/index.json"
expect "a directory without an index is refused" 2 "index.json"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
