#!/bin/sh
# Runs test programs, as many at a time as there are processors, and adds up what they report.
#
# Usage: run.sh LOGDIR PROGRAM...    (a PROGRAM may carry arguments: "prog arg arg")
# A program reports either as cmocka does or by a last line "N passed, N failed". One that
# reports nothing, is killed, or fails without naming a failed test counts as one failure.
# The last line is the sum; the exit status is 0 when nothing failed. JOBS=1: one at a time.
set -u

count() { # count LOG -> "passed failed", empty when the log reports nothing
  awk '
    /^\[ +PASSED +\] [0-9]+ test/ { p += $4; seen = 1 }
    /^\[ +FAILED +\] [0-9]+ test/ { f += $4; seen = 1 }
    /^[0-9]+ passed, [0-9]+ failed/ { p += $1; f += $3; seen = 1 }
    END { if (seen) print p + 0, f + 0 }' "$1"
}

run_one() { # run_one LOGDIR PROGRAM: leaves "passed failed" in a file beside its log
  command=$2
  # shellcheck disable=SC2086  # the program and its arguments
  set -- "$1" $command
  log=$1/$(printf '%s' "$command" | tr -c 'A-Za-z0-9._-' '_').log
  shift
  start=$(date +%s)
  "$@" >"$log" 2>&1 </dev/null
  status=$?
  result=$(count "$log")
  p=${result% *}
  f=${result#* }
  if [ -z "$result" ]; then
    p=0
    f=1
  elif [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
    f=1
  fi
  echo "$p $f" >"${log%.log}.sum"
  verdict=ok
  end=
  if [ "$f" -ne 0 ]; then
    verdict=FAILED
    end=$(printf '\n  exit status %d, log %s, its end:\n' "$status" "$log" &&
      tail -n 25 "$log" | sed 's/^/  | /')
  fi
  # One write, so that lines of programs side by side stay whole.
  printf '%-6s %4d passed %3d failed %4d s  %s%s\n' "$verdict" "$p" "$f" \
    "$(($(date +%s) - start))" "$command" "$end"
}

if [ "$1" = --one ]; then
  run_one "$2" "$3"
  exit 0
fi

logs=$1
shift
mkdir -p "$logs"
rm -f "$logs"/*.sum
printf '%s\0' "$@" | xargs -0 -n 1 -P "${JOBS:-$(nproc)}" "$0" --one "$logs"

# A program whose sum is missing did not come to its end.
cat "$logs"/*.sum | awk -v programs=$# '
  { passed += $1; failed += $2 }
  END { failed += programs - NR
        print passed + 0 " passed, " failed + 0 " failed"
        exit failed != 0 }'
