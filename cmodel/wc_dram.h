/* DRAM timing model: when the data of an access are there. Times only, no contents.
 *
 * Channels with banks in groups, open rows, one data bus and one queue a channel. Accesses are
 * served in the order in which they are asked for; those of different channels and banks overlap
 * as the timing parameters allow. See docs/cycles.md. */
#ifndef WC_DRAM_H
#define WC_DRAM_H

#include <stdbool.h>
#include <stdint.h>

/* Sizes in bytes, times in clock cycles of the DRAM's commands. */
struct wc_dram_config {
  const char *name;
  unsigned core_mhz, clock_mhz; /* of the core that asks, of the DRAM's commands */
  unsigned channels;            /* 0: no DRAM, all data are there at once */
  unsigned groups, banks;       /* bank groups of a channel, banks of a group; powers of two */
  unsigned row_bytes, access_bytes;
  unsigned burst;          /* data bus cycles of an access */
  unsigned cl, cwl;        /* RD or WR to its first data */
  unsigned rcd_rd, rcd_wr; /* ACT to RD, WR of its bank */
  unsigned rp, ras, rc;    /* PRE to ACT, ACT to PRE, ACT to ACT, of one bank */
  unsigned rp_all;         /* PRE of all banks to REF */
  unsigned rrd_s, rrd_l;   /* ACT to ACT of banks in different groups, in one group */
  unsigned faw;            /* four ACTs of a channel and the fifth */
  unsigned ccd_s, ccd_l;   /* RD to RD, WR to WR */
  unsigned rtp, wr;        /* RD to PRE; last written data to PRE */
  unsigned wtr_s, wtr_l;   /* last written data to RD */
  unsigned rtw;            /* data bus cycles between read and written data */
  unsigned refi, rfc;      /* between refreshes of a channel; REF to ACT */
};

/* @name: fixed, hbm2, hbm2x2, gddr5, lpddr4. The bandwidth is divided by @scale: there are fewer
 * channels, by their greatest common divisor with @scale, and for the rest of it an access
 * takes so many times as long on the data bus. @core_mhz, @scale not 0; @scale is 1 for fixed.
 * False for an unknown name. */
bool wc_dram_preset(const char *name, unsigned scale, unsigned core_mhz,
                    struct wc_dram_config *config);
/* The names of the presets with commas, for messages. */
extern const char wc_dram_presets[];

struct wc_dram;

/* Every row closed. NULL without memory. @config is copied. */
struct wc_dram *wc_dram_new(const struct wc_dram_config *config);
void wc_dram_delete(struct wc_dram *dram);

/* The access that holds the byte at @addr, asked for in core cycle @cycle, which never decreases.
 * Returns the core cycle in which all its data are read, or written; like the data of an AXI
 * master, reads end in order and writes do, each among themselves. */
uint64_t wc_dram_access(struct wc_dram *dram, uint64_t cycle, uint64_t addr, bool write);

/* The first DRAM clock edge at or after core cycle @cycle. */
uint64_t wc_dram_clock(const struct wc_dram_config *config, uint64_t cycle);

struct wc_dram_counters {
  uint64_t activates, refreshes; /* a refresh is one channel's */
  uint64_t row_hits, reads, writes, bytes;
};
const struct wc_dram_counters *wc_dram_counters(const struct wc_dram *dram);

/* Called with every command, in the order of decision: of one channel, rows of later accesses may
 * open before data of earlier ones move. @bank counts over groups; REF has bank and row 0. */
enum wc_dram_command { WC_DRAM_ACT, WC_DRAM_PRE, WC_DRAM_RD, WC_DRAM_WR, WC_DRAM_REF };
typedef void (*wc_dram_watch_fn)(void *arg, enum wc_dram_command command, unsigned channel,
                                 unsigned bank, uint64_t row, uint64_t clock);
void wc_dram_watch(struct wc_dram *dram, wc_dram_watch_fn fn, void *arg);

#endif
