/* What wc_isa.c and wc_check.c share. */
#ifndef WC_ISA_INTERNAL_H
#define WC_ISA_INTERNAL_H

#include "wc_isa.h"

/* Judges the bits of every field of @cmd: WC_E_OPCODE for an unknown opcode, WC_E_FIELD for a
 * value that does not fit its field, a reserved field that is not zero, or a stream count out
 * of range; otherwise WC_E_NONE. Lengths and addresses are not looked at. */
enum wc_device_error wc_fields_check(const struct wc_cmd *cmd);

#endif
