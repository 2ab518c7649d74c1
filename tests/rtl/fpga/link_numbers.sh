#!/bin/sh
# The link's numbers are written down twice, for the RTL and for the host: are they the same?
#
# Usage: link_numbers.sh [HEADER]    (driver/link_proto.h unless told)
set -u
cd "$(dirname "$0")/../../.." || exit 1
header=${1:-driver/link_proto.h}
passed=0
failed=0

# same NAME RTL HOST
same() {
  if [ -n "$2" ] && [ "$2" = "$3" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL $1: RTL '$2', host '$3'"
  fi
}

for name in OP_SYNC OP_ECHO OP_MEM_READ OP_MEM_WRITE OP_REG_READ OP_REG_WRITE OP_MEM_CRC \
  OP_MEM_FILL ST_OK ST_OP ST_SEQUENCE ST_FIELD ST_BUS ST_TIMEOUT MAX_PAYLOAD; do
  rtl=$(sed -n "s/.* $name = \(8'h\)\{0,1\}\([0-9A-F]*\);.*/\2/p" fpga/link/wc_link_pkg.sv)
  host=$(sed -n "s/.*WC_LINK_$name = \([0-9]*\).*/\1/p" "$header")
  same "$name" "${rtl#0}" "$host"
done
rtl=$(sed -n "s/.* BOARD_VERSION = 32'h\([0-9A-F]*\);.*/\1/p" fpga/link/wc_link_pkg.sv)
host=$(sed -n "s/#define WC_BOARD_VERSION 0x\([0-9A-F]*\)u.*/\1/p" "$header")
same BOARD_VERSION "$rtl" "$host"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
