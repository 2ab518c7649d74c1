/* Frames of the host link: CRC-32 and COBS, no input or output. */
#ifndef WC_LINK_FRAME_H
#define WC_LINK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link_proto.h"

/* Decoded: header, data, CRC. Encoded: a code for each 254 bytes, and the zero byte. */
#define WC_FRAME_MAX (WC_LINK_HEADER + WC_LINK_MAX_PAYLOAD + 4)
#define WC_LINE_MAX (WC_FRAME_MAX + WC_FRAME_MAX / 254 + 2)

/* Appends the CRC to @size bytes of @frame (room for 4 more) and encodes them into @line, with the
 * zero byte behind. Returns the bytes of @line. */
size_t wc_frame_encode(uint8_t *frame, size_t size, uint8_t line[WC_LINE_MAX]);

/* Decodes @size bytes of a line, without the zero byte. True with the bytes before the CRC in
 * *@out_size; false when code or CRC is wrong. */
bool wc_frame_decode(const uint8_t *line, size_t size, uint8_t out[WC_FRAME_MAX], size_t *out_size);

#endif
