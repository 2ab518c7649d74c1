/* Parameters of real memories: JEDEC's, as DRAMsim3 and Ramulator state them. What they state in
 * ns, or in cycles of another clock, is rounded up to cycles of the clock here (refresh intervals
 * down). The clocks are chosen for the peak bandwidths of the paper's comparison. */
#include <string.h>

#include "wc_dram.h"

const char wc_dram_presets[] = "fixed, hbm2, hbm2x2, gddr5, lpddr4";

/* A stack of eight channels of 128 bits, BL4, 2 KiB rows: 300 GB/s at 2344 Mb/s a pin (JESD235).
 * Times: DRAMsim3, HBM2_8Gb_x128.ini, whose tCK is 1 ns: CL 14, CWL 4, tRCDRD and tRCDWR 14, tRP
 * 14, tRAS 34, tRRD_S 4, tRRD_L 6, tFAW 30, tRTP_L 6, tWR 16, tWTR_S 6, tWTR_L 8, tREFI 3900, tRFC
 * 260; tCCD_S 1 and tCCD_L 2 are in cycles. Turnaround: its default tRTRS of 2. */
static const struct wc_dram_config hbm2 = {
    .name = "hbm2",
    .clock_mhz = 1172,
    .channels = 8,
    .groups = 4,
    .banks = 4,
    .row_bytes = 2048,
    .access_bytes = 64,
    .burst = 2,
    .cl = 17,
    .cwl = 5,
    .rcd_rd = 17,
    .rcd_wr = 17,
    .rp = 17,
    .ras = 40,
    .rc = 57,
    .rp_all = 17,
    .rrd_s = 5,
    .rrd_l = 8,
    .faw = 36,
    .ccd_s = 1,
    .ccd_l = 2,
    .rtp = 8,
    .wr = 19,
    .wtr_s = 8,
    .wtr_l = 10,
    .rtw = 2,
    .refi = 4570,
    .rfc = 305,
};

/* Twelve devices of 32 bits, a channel each, BL8 (two cycles of CK, each four bits a pin),
 * 4 KiB rows, bank groups off: 384 GB/s at 8 Gb/s a pin (JESD212). Times: DRAMsim3,
 * GDDR5_8Gb_x32.ini, tCK 0.5 ns. */
static const struct wc_dram_config gddr5 = {
    .name = "gddr5",
    .clock_mhz = 2000,
    .channels = 12,
    .groups = 1,
    .banks = 16,
    .row_bytes = 4096,
    .access_bytes = 32,
    .burst = 2,
    .cl = 24,
    .cwl = 7,
    .rcd_rd = 24,
    .rcd_wr = 20,
    .rp = 24,
    .ras = 56,
    .rc = 80,
    .rp_all = 24,
    .rrd_s = 10,
    .rrd_l = 10,
    .faw = 40,
    .ccd_s = 2,
    .ccd_l = 2,
    .rtp = 2,
    .wr = 24,
    .wtr_s = 10,
    .wtr_l = 10,
    .rtw = 2,
    .refi = 3800,
    .rfc = 74,
};

/* 32 channels of 16 bits, BL16, 2 KiB rows, 8 Gb a die: 239 GB/s at 3733 Mb/s a pin. JESD209-4:
 * RL 32 + tDQSCK 3.5 ns, WL 16 + tDQSS 1, tRCD 18, tRPpb 18, tRPab 21, tRAS 42, tRRD 10, tFAW 40,
 * tRTP 7.5, tWR 18, tWTR 10, tREFI 3904, tRFCab 180 ns. Ramulator's LPDDR4_3200 (src/LPDDR4.h)
 * has the same in cycles of 0.625 ns. */
static const struct wc_dram_config lpddr4 = {
    .name = "lpddr4",
    .clock_mhz = 1866,
    .channels = 32,
    .groups = 1,
    .banks = 8,
    .row_bytes = 2048,
    .access_bytes = 32,
    .burst = 8,
    .cl = 32 + 7,
    .cwl = 16 + 1,
    .rcd_rd = 34,
    .rcd_wr = 34,
    .rp = 34,
    .ras = 79,
    .rc = 113,
    .rp_all = 40,
    .rrd_s = 19,
    .rrd_l = 19,
    .faw = 75,
    .ccd_s = 8,
    .ccd_l = 8,
    .rtp = 14,
    .wr = 34,
    .wtr_s = 19,
    .wtr_l = 19,
    .rtw = 2,
    .refi = 7284,
    .rfc = 336,
};

static unsigned common_divisor(unsigned a, unsigned b) {
  while (b != 0) {
    const unsigned rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

bool wc_dram_preset(const char *name, unsigned scale, unsigned core_mhz,
                    struct wc_dram_config *config) {
  static const struct wc_dram_config fixed = {.name = "fixed", .clock_mhz = 1, .access_bytes = 1};
  if (strcmp(name, "fixed") == 0) {
    *config = fixed;
    config->core_mhz = config->clock_mhz = core_mhz;
    return true;
  }
  if (strncmp(name, "hbm2", 4) == 0 && (name[4] == '\0' || strcmp(name + 4, "x2") == 0)) {
    *config = hbm2;
    if (name[4] != '\0') {
      config->name = "hbm2x2";
      config->channels *= 2;
    }
  } else if (strcmp(name, "gddr5") == 0) {
    *config = gddr5;
  } else if (strcmp(name, "lpddr4") == 0) {
    *config = lpddr4;
  } else {
    return false;
  }
  config->core_mhz = core_mhz;
  const unsigned fewer = common_divisor(scale, config->channels);
  config->channels /= fewer;
  config->burst *= scale / fewer;
  return true;
}
