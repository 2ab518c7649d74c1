/* libwavecore: open a WaveCore device, move memory, run command streams.
 *
 * All functions return 0 or a negative wc_status and set results only on success. Handles are
 * opaque. A handle belongs to one thread at a time; different handles are independent. */
#ifndef WAVECORE_H
#define WAVECORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wc_isa.h"

#if defined(__GNUC__)
#define WC_MUST_USE __attribute__((warn_unused_result))
#else
#define WC_MUST_USE
#endif

typedef uint64_t wc_addr; /* byte offset in the device's memory window */

enum wc_status {
  WC_OK = 0,
  WC_EINVAL = -1,    /* an argument or URI makes no sense */
  WC_ENOMEM = -2,    /* host or device memory exhausted */
  WC_ERANGE = -3,    /* outside the device's memory */
  WC_ENODEV = -4,    /* no such device, or it could not be opened */
  WC_EVERSION = -5,  /* device speaks another interface version */
  WC_ETIMEDOUT = -6, /* no answer in time */
  WC_EDEVICE = -7,   /* the device reported an error: see wc_last_error */
  WC_EBUSY = -8,     /* a stream is running */
  WC_EIO = -9,       /* the link failed */
};

struct wc_device;

/* What the device is: read from its capability registers. All cores are alike; array, buffer,
 * lanes, AXI and queues are those of each. */
struct wc_caps {
  uint32_t version;
  unsigned rows, cols;   /* PEs of the array */
  uint64_t gbuf_bytes;   /* global buffer */
  unsigned lanes, steps; /* vector unit */
  unsigned acc_rows;     /* accumulator rows a bank */
  unsigned line_bytes;   /* of the global buffer: one bank serves a line a cycle */
  unsigned banks;
  unsigned axi_bytes;   /* bytes of an AXI beat */
  unsigned outstanding; /* AXI bursts under way, of LOAD and of STORE */
  unsigned cores, queue_depth;
  bool double_weights; /* PEs hold two weights: no wave waits for the one before to leave */
  bool folds;          /* a GEMM of at most half the columns works on two rows at once */
  uint64_t mem_bytes;  /* memory window */
};

struct wc_counters {
  uint64_t value[WC_COUNTERS]; /* index: enum wc_counter; cycle counters are 0 on the C model */
  uint64_t tag_rd[WC_TAGS];
  uint64_t tag_wr[WC_TAGS];
  bool has_cycles;
  /* Cycles that passed while streams ran: of all that were submitted together those of the
   * longest, added up. On one core the same as CYCLES. */
  uint64_t elapsed;
};

/* A command on an engine's way through time. Every cycle of an engine belongs to one of its
 * commands: to the one whose work passes the engine's narrowest part (array, lanes, data bus), or
 * for which this part waits, the next one; when no work is left for it, to the one under way. So
 * the entries of an engine follow each other without gaps. The cycles after the last command of a
 * stream belong to END. See docs/simulation.md. */
#define WC_ENGINE_STATES 9 /* of the engine that has most */
#define WC_NEVER UINT64_MAX
struct wc_timeline_entry {
  uint32_t queue;       /* engine: index of wc_engines */
  uint32_t stream;      /* which of the streams since wc_timeline_start, from 0 */
  uint32_t number;      /* of the command in its stream */
  uint64_t begin, end;  /* the cycles [begin, end) belong to it; counted as CYCLES counts */
  uint64_t taken, done; /* when the unit took it, and was done with it; END, or not: WC_NEVER */
  uint64_t state[WC_ENGINE_STATES]; /* cycles of [begin, end) in each state, in the counters'
                                       order from wc_engines[queue].first */
};

struct wc_error_info {
  unsigned core;
  uint32_t code; /* enum wc_device_error */
  uint32_t unit; /* enum wc_unit */
  uint32_t cmd;  /* number of the command in its stream */
  uint32_t id;   /* its id field */
  uint64_t addr; /* offending address, where there is one */
};

/* Opens a device.
 *
 * @uri   `cmodel:[NAME,][key=value,...]`, NAME small or paper, with rows, cols, buffer, lanes,
 *        cores, mem, threads (sizes take KiB, MiB, GiB); `sim:NAME[,key=value...]` and
 *        `systemc:NAME[,...]`, NAME small, 4x4, 8x8, small2, 4x4x2, with mem, latency, and for sim
 *        trace=FILE, trace_from=CYCLE, trace_to=CYCLE; `uart:PORT[,timeout=MS][,tries=N]`, a
 *        board or a simulated one
 * @why   NULL, or a buffer that receives one line on failure; @why_size its bytes
 * Returns 0, WC_EINVAL for a bad URI, WC_ENODEV, WC_EVERSION or WC_ENOMEM. */
WC_MUST_USE int wc_open(const char *uri, struct wc_device **dev, char *why, size_t why_size);
void wc_close(struct wc_device *dev);

const struct wc_caps *wc_caps(const struct wc_device *dev);

/* Copies host memory to device memory. Any alignment.
 * Returns 0, WC_ERANGE when [dst, dst+size) leaves the device's memory (nothing is written),
 * WC_EBUSY, or WC_ETIMEDOUT. */
WC_MUST_USE int wc_write(struct wc_device *dev, wc_addr dst, const void *src, size_t size);
WC_MUST_USE int wc_read(struct wc_device *dev, void *dst, wc_addr src, size_t size);

/* CRC-32, zlib's, of device memory. Statuses as above. */
WC_MUST_USE int wc_checksum(struct wc_device *dev, wc_addr src, uint64_t size, uint32_t *crc);

/* Reserves device memory. @align a power of two. First fit; wc_free returns it.
 * Returns 0, WC_ENOMEM when no gap is large enough, WC_EINVAL for size 0 or a bad @align. */
WC_MUST_USE int wc_alloc(struct wc_device *dev, size_t size, size_t align, wc_addr *addr);
int wc_free(struct wc_device *dev, wc_addr addr);

/* Starts the stream of @size bytes at @stream in device memory, on core 0. Both are multiples of
 * 16. */
WC_MUST_USE int wc_submit(struct wc_device *dev, wc_addr stream, size_t size);

/* Starts a stream on each of the first @n cores together. They run side by side, and what one
 * writes the others must not touch: nothing but the wait orders them.
 * Returns 0, WC_EINVAL for more streams than cores and as wc_submit; nothing runs then. */
struct wc_submission {
  wc_addr addr;
  size_t size;
};
WC_MUST_USE int wc_submit_cores(struct wc_device *dev, const struct wc_submission *streams,
                                unsigned n);

/* Waits until all streams have ended.
 * Returns 0, WC_EDEVICE (wc_last_error tells of the lowest core that stopped), or WC_ETIMEDOUT
 * after @timeout_ms of wall time; then streams still run: wc_dump_state shows where, wc_reset ends
 * them. */
WC_MUST_USE int wc_wait(struct wc_device *dev, unsigned timeout_ms);

/* Soft reset of all cores: aborts streams, clears errors; memory and counters stay. */
WC_MUST_USE int wc_reset(struct wc_device *dev);

/* Sums over the cores, so the states of an engine add up to CYCLES here as well. */
WC_MUST_USE int wc_counters_read(struct wc_device *dev, struct wc_counters *counters);
/* Those of one core; `elapsed` is its CYCLES. */
WC_MUST_USE int wc_counters_read_core(struct wc_device *dev, unsigned core,
                                      struct wc_counters *counters);
WC_MUST_USE int wc_counters_clear(struct wc_device *dev);

void wc_last_error(const struct wc_device *dev, struct wc_error_info *info);

/* Cycles without progress before the device stops with WC_E_WATCHDOG; 0 never. Default 100000. */
WC_MUST_USE int wc_set_watchdog(struct wc_device *dev, uint32_t cycles);

/* Restricts the window to the first @bytes of memory (tests of WC_E_WINDOW); 0 restores all. */
WC_MUST_USE int wc_set_window(struct wc_device *dev, uint64_t bytes);

/* Makes accesses to [addr, addr+size) answer with an AXI error from now on; size 0 ends it.
 * @decerr false: SLVERR. Returns WC_EINVAL on a device that cannot inject faults. */
WC_MUST_USE int wc_inject_fault(struct wc_device *dev, wc_addr addr, size_t size, bool decerr);

/* Records what each engine does for every command, from now on, until it is read.
 * Returns WC_EINVAL on a device that keeps no timeline (the C model, systemc), WC_EBUSY. */
WC_MUST_USE int wc_timeline_start(struct wc_device *dev);
/* Ends the recording. Sorted by stream, then queue, then time. The entries belong to @dev, until
 * the next start or wc_close. Their states add up to the counters' growth since the start. Returns
 * WC_EINVAL when nothing was recorded, WC_EBUSY. */
WC_MUST_USE int wc_timeline_read(struct wc_device *dev, const struct wc_timeline_entry **entries,
                                 size_t *n);

/* Writes registers, queues, tokens and counters as text to @fd. */
int wc_dump_state(struct wc_device *dev, int fd);

/* One sentence for a wc_status, never NULL. */
const char *wc_strerror(int status);

#endif
