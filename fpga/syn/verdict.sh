#!/bin/sh
# Reads the logs of nextpnr, one a seed: a table of what the design takes and how fast it is.
#
# Usage: verdict.sh LOG...    (each named NAME.SEED.log)
# Exit status 0 when some seed closes timing at every clock, and the last line is that seed.
set -u
for log in "$@"; do
  awk -v path="$log" '
    BEGIN { seed = path; sub(/\.log$/, "", seed); sub(/.*\./, "", seed); ok = 1 }
    /Info:[ \t]+[A-Z0-9_]+: +[0-9]+\/ *[0-9]+/ {
      name = $2; sub(/:$/, "", name)
      used = $3; sub(/\/.*/, "", used)
      of = $0; sub(/.*\//, "", of); sub(/^ */, "", of); sub(/ .*/, "", of)
      if (name ~ /^(TRELLIS_COMB|TRELLIS_FF|MULT18X18D|DP16KD|ICESTORM_LC|ICESTORM_RAM)$/)
        use[name] = used " of " of
    }
    # The last report counts: the ones before are estimates.
    /Max frequency for clock/ {
      clock = $0; sub(/.*for clock *./, "", clock); sub(/.: .*/, "", clock)
      mhz[clock] = $0; sub(/.*: /, "", mhz[clock]); sub(/ MHz.*/, "", mhz[clock])
      want[clock] = $0; sub(/.* at /, "", want[clock]); sub(/ MHz.*/, "", want[clock])
      clocks = 1
    }
    END {
      for (name in use) printf "seed %-4s %-14s %s\n", seed, name, use[name]
      for (clock in mhz) {
        closed = mhz[clock] + 0 >= want[clock] + 0
        if (!closed) ok = 0
        printf "seed %-4s %-14s %s MHz, wanted %s: %s\n", seed, clock, mhz[clock], want[clock],
          closed ? "closed" : "NEGATIVE SLACK"
      }
      if (!clocks) { printf "seed %-4s no timing\n", seed; ok = 0 }
      exit !ok
    }' "$log" && best=${best:-$log}
done
[ -n "${best:-}" ] || { echo "no seed closes timing"; exit 1; }
echo "$best"
