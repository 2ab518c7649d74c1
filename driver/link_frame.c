#include "link_frame.h"

#include <zlib.h>

size_t wc_frame_encode(uint8_t *frame, size_t size, uint8_t line[WC_LINE_MAX]) {
  const uint32_t crc = (uint32_t)crc32(0, frame, (uInt)size);
  for (unsigned i = 0; i < 4; i++)
    frame[size + i] = (uint8_t)(crc >> 8 * i);
  size_t code = 0, at = 1;
  for (size_t i = 0; i < size + 4; i++) {
    if (frame[i] != 0)
      line[at++] = frame[i];
    if (frame[i] == 0 || at - code == 255) {
      line[code] = (uint8_t)(at - code);
      code = at++;
    }
  }
  line[code] = (uint8_t)(at - code);
  line[at++] = 0;
  return at;
}

bool wc_frame_decode(const uint8_t *line, size_t size, uint8_t out[WC_FRAME_MAX],
                     size_t *out_size) {
  size_t n = 0;
  for (size_t i = 0; i < size;) {
    const size_t code = line[i];
    if (code == 0 || i + code > size || n + code - 1 > WC_FRAME_MAX)
      return false;
    for (size_t k = 1; k < code; k++)
      out[n++] = line[i + k];
    i += code;
    if (code != 255 && i < size) {
      if (n == WC_FRAME_MAX)
        return false;
      out[n++] = 0;
    }
  }
  if (n < 4)
    return false;
  const uint32_t crc = (uint32_t)out[n - 4] | (uint32_t)out[n - 3] << 8 |
                       (uint32_t)out[n - 2] << 16 | (uint32_t)out[n - 1] << 24;
  *out_size = n - 4;
  return crc == (uint32_t)crc32(0, out, (uInt)(n - 4));
}
