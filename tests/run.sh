#!/bin/sh
# Runs test programs one after another and adds up what they report.
#
# Usage: run.sh LOGDIR PROGRAM...    (a PROGRAM may carry arguments: "prog arg arg")
# A program reports either as cmocka does or by a last line "N passed, N failed". One that
# reports nothing, is killed, or fails without naming a failed test counts as one failure.
# The last line is the sum; the exit status is 0 when nothing failed.
set -u

logs=$1
shift
mkdir -p "$logs"
passed=0
failed=0

count() { # count LOG -> "passed failed", empty when the log reports nothing
  awk '
    /^\[ +PASSED +\] [0-9]+ test/ { p += $4; seen = 1 }
    /^\[ +FAILED +\] [0-9]+ test/ { f += $4; seen = 1 }
    /^[0-9]+ passed, [0-9]+ failed/ { p += $1; f += $3; seen = 1 }
    END { if (seen) print p + 0, f + 0 }' "$1"
}

for command in "$@"; do
  # shellcheck disable=SC2086  # the program and its arguments
  set -- $command
  name=$(printf '%s' "$command" | tr -c 'A-Za-z0-9._-' '_')
  log=$logs/$name.log
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
  passed=$((passed + p))
  failed=$((failed + f))
  verdict=ok
  if [ "$f" -ne 0 ]; then
    verdict=FAILED
  fi
  printf '%-6s %4d passed %3d failed %4d s  %s\n' "$verdict" "$p" "$f" "$(($(date +%s) - start))" \
    "$command"
  if [ "$f" -ne 0 ]; then
    echo "  exit status $status, log $log, its end:"
    tail -n 25 "$log" | sed 's/^/  | /'
  fi
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
