#!/bin/sh
# Prints the keys of the JSON on standard input, each once, in order of appearance, on one line.
# Checks with a real parser first when there is one.
set -eu
json=$(cat)
if command -v python3 >/dev/null; then
  printf '%s' "$json" | python3 -c 'import json, sys; json.load(sys.stdin)'
fi
printf '%s' "$json" | grep -o '"[a-z_]*":' | tr -d '":' | awk '!seen[$0]++' | tr '\n' ' ' |
  sed 's/ $//'
