#!/bin/sh
# Training that is killed (SIGKILL) at random moments and resumed from its last checkpoint, again and
# again, ends with the bytes and the record of a run that nobody disturbed.
#
# Usage: kill_resume.sh BUILD [SEED]
# Prints the seed, a line a case and "N passed, N failed".
set -u

wavecore=$1/wavecore
seed=${2:-${SEED:-$(date +%s)}}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
echo "seed $seed"

# shellcheck source=tests/lib/verdict.sh
. "$(dirname "$0")/../lib/verdict.sh"

train() { # train NAME MORE...: replaces this shell; checkpoint and record are NAME.*
  name=$1
  shift
  exec "$wavecore" train tiny-resnet --data synthetic:4 --batch 8 --lr 0.4 --epochs 1 --steps 400 \
    --eval 0 --checkpoint "$work/$name.ck" --checkpoint-every 7 --csv "$work/$name.csv" \
    --svg "$work/$name.svg" --loaders 2 "$@" >>"$work/log" 2>&1
}

# The record without the seconds, which no two runs share.
record() { # record NAME
  cut -d, -f1-6,8 "$work/$1.csv"
}

(train whole)
verdict $? "an undisturbed run"

kills=0
ended=0
moments=$(awk -v seed="$seed" 'BEGIN { srand(seed); for (i = 0; i < 12; i++) print rand() * 0.5 }')
for moment in $moments; do
  [ "$ended" -eq 0 ] || break
  if [ -e "$work/cut.ck" ]; then
    (train cut --resume "$work/cut.ck") &
  else
    (train cut) &
  fi
  child=$!
  sleep "$moment"
  kill -9 "$child" 2>/dev/null
  wait "$child" 2>/dev/null
  status=$?
  [ "$status" -eq 137 ] && kills=$((kills + 1))
  [ "$status" -eq 0 ] && ended=1
done
[ "$kills" -gt 0 ]
verdict $? "$kills runs were killed"
if [ "$ended" -eq 0 ]; then
  if [ -e "$work/cut.ck" ]; then
    (train cut --resume "$work/cut.ck")
  else
    (train cut)
  fi
  verdict $? "the last one runs to its end"
fi
cmp "$work/whole.ck" "$work/cut.ck" >>"$work/log" 2>&1
verdict $? "masters, momenta and loss scale are those of the undisturbed run"
record whole >"$work/a"
record cut >"$work/b"
cmp "$work/a" "$work/b" >>"$work/log" 2>&1
verdict $? "so is the record of its $(($(wc -l <"$work/a") - 1)) steps"
[ "$(find "$work" -name 'cut*' | wc -l)" -eq 3 ]
verdict $? "nothing else is left behind"
cmp "$work/whole.svg" "$work/cut.svg" >>"$work/log" 2>&1
verdict $? "and the curves are the same"

verdicts
