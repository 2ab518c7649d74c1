#!/bin/sh
# Does the reader of nextpnr's logs see negative slack, whichever clock has it?
set -u
cd "$(dirname "$0")/../../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

log() { # log SEED MHZ-OF-CLK MHZ-OF-SLOW: as nextpnr writes it, an estimate first
  cat >"$work/x.$1.log" <<END
Info: Device utilisation:
Info: 	          TRELLIS_COMB:  4321/83640     5%
Info: 	            MULT18X18D:     4/  156     2%
Info: Max frequency for clock '\$glbnet\$clk': 99.00 MHz (PASS at 50.00 MHz)
Info: Max frequency for clock '\$glbnet\$clk': $2 MHz (PASS at 50.00 MHz)
Info: Max frequency for clock        'slow': $3 MHz (PASS at 25.00 MHz)
END
}

expect() { # expect NAME STATUS WORDS LOG...
  name=$1
  want=$2
  words=$3
  shift 3
  fpga/syn/verdict.sh "$@" >"$work/out" 2>&1
  got=$?
  if [ "$got" -eq "$want" ] && grep -q -- "$words" "$work/out"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL $name: exit status $got"
    sed 's/^/  | /' "$work/out"
  fi
}

log 1 51.00 30.00
log 2 49.99 30.00
log 3 51.00 24.90
: >"$work/x.4.log"
expect "all clocks close" 0 "glbnet.clk *51.00 MHz, wanted 50.00: closed" "$work/x.1.log"
expect "the use is told" 0 "MULT18X18D *4 of 156" "$work/x.1.log"
expect "negative slack, although estimated well" 1 "49.99 MHz.*NEGATIVE" "$work/x.2.log"
expect "negative slack of the slow clock" 1 "slow *24.90 MHz.*NEGATIVE" "$work/x.3.log"
expect "a log without timing" 1 "no timing" "$work/x.4.log"
expect "the seed that closes is named" 0 "^$work/x.1.log" "$work/x.2.log" "$work/x.1.log" \
  "$work/x.3.log"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
