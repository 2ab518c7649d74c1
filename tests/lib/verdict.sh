# The cases of a test script, which reads this in: a line each and their sum as tests/run.sh takes
# it. $work/log holds what a case said.
# shellcheck shell=sh disable=SC2154  # work is the script's
passed=0
failed=0

verdict() { # verdict STATUS NAME
  if [ "$1" -eq 0 ]; then
    passed=$((passed + 1))
    echo "ok    $2"
  else
    failed=$((failed + 1))
    echo "FAIL  $2"
    sed 's/^/  | /' "$work/log" | tail -n 20
  fi
}

verdicts() { # the sum, and the script's status
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}
