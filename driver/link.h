/* The host's end of the link: requests that are answered, or a status in time.
 *
 * Several frames of one transfer are under way at once; what is lost, or comes back broken, is
 * sent again, and the board does nothing twice (docs/bringup.md). */
#ifndef WC_LINK_H
#define WC_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "link_frame.h"

struct wc_link_counters {
  uint64_t requests, answers; /* frames sent, repeats included; good ones received */
  uint64_t broken;            /* frames received with a wrong CRC or code */
  uint64_t repeated;          /* frames sent once more */
  uint64_t probes;            /* questions where the board stands, apart from the requests */
};

struct wc_link {
  int fd;
  unsigned timeout_ms, tries; /* for an answer, before a frame is sent again; how often */
  uint8_t next;               /* number of the next request */
  int lost_step;              /* not 0: numbers have to be agreed upon again */
  uint32_t probe;             /* number of the last question where the board stands */
  struct wc_link_counters count;
  uint8_t line[WC_LINE_MAX]; /* received, no zero byte yet */
  size_t line_size;
  int line_long; /* the present frame is too long to be one */
  uint8_t input[512];
  size_t input_at, input_size;
};

void wc_link_init(struct wc_link *link, int fd, unsigned timeout_ms, unsigned tries);

/* Agrees with the board on the number of the next request, whatever was on the line before. */
int wc_link_sync(struct wc_link *link);

/* One operation over @size bytes, in as many frames as it takes. @out: data of ECHO and the
 * writes, four bytes of MEM_FILL; @in: data of ECHO and the reads. Returns WC_OK, WC_ETIMEDOUT when
 * nothing came back, or the board's buses do not answer, WC_EIO when the port is gone or a bus
 * answers with an error. */
int wc_link_transfer(struct wc_link *link, enum wc_link_op op, uint32_t addr, const void *out,
                     void *in, size_t size);

/* Device memory gets @src. What repeats a word for long is filled by the board, so that it takes
 * no time on the line. */
int wc_link_write(struct wc_link *link, uint32_t addr, const void *src, size_t size);

/* CRC-32 of device memory, computed by the board. */
int wc_link_checksum(struct wc_link *link, uint32_t addr, uint64_t size, uint32_t *crc);

int wc_link_read_reg(struct wc_link *link, uint32_t addr, uint32_t *value);
int wc_link_write_reg(struct wc_link *link, uint32_t addr, uint32_t value);

#endif
