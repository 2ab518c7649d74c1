/* Registers, and what they say a device is. */
#include <inttypes.h>
#include <string.h>

#include "internal.h"

int wc_reg_read(struct wc_device *dev, unsigned core, uint32_t offset, uint32_t *value) {
  return dev->backend->reg_read(dev->ctx, core * WC_CORE_REGS + offset, value);
}

int wc_reg_write(struct wc_device *dev, unsigned core, uint32_t offset, uint32_t value) {
  return dev->backend->reg_write(dev->ctx, core * WC_CORE_REGS + offset, value);
}

int wc_reg_write_all(struct wc_device *dev, uint32_t offset, uint32_t value) {
  int status = WC_OK;
  for (unsigned core = 0; core < dev->caps.cores && status == WC_OK; core++)
    status = wc_reg_write(dev, core, offset, value);
  return status;
}

int wc_reg_read64(struct wc_device *dev, unsigned core, uint32_t offset, uint64_t *value) {
  uint32_t low, high;
  int status = wc_reg_read(dev, core, offset, &low);
  if (status == WC_OK)
    status = wc_reg_read(dev, core, offset + 4, &high);
  if (status == WC_OK)
    *value = (uint64_t)high << 32 | low;
  return status;
}

/* ID and version: is core @core a WaveCore that this driver understands? */
static int identify(struct wc_device *dev, unsigned core, const char *uri, char *why,
                    size_t why_size) {
  uint32_t id, version;
  int status = wc_reg_read(dev, core, WC_R_ID, &id);
  if (status == WC_OK)
    status = wc_reg_read(dev, core, WC_R_VERSION, &version);
  if (status != WC_OK) {
    wc_explain(why, why_size, "device '%s': its registers cannot be read: %s", uri,
               wc_strerror(status));
    return status;
  }
  if (id != WC_MAGIC) {
    wc_explain(why, why_size,
               "device '%s': register ID of core %u reads 0x%08" PRIX32
               ", not 0x%08X: no WaveCore there",
               uri, core, id, (unsigned)WC_MAGIC);
    return WC_ENODEV;
  }
  if (version >> 16 != (uint32_t)WC_VERSION >> 16) {
    wc_explain(why, why_size,
               "device '%s' has interface version %" PRIu32 ".%" PRIu32
               ", this driver %u.%u: use the driver that came with the device",
               uri, version >> 16, version & 0xFFFF, (unsigned)WC_VERSION >> 16,
               (unsigned)WC_VERSION & 0xFFFF);
    return WC_EVERSION;
  }
  dev->caps.version = version;
  return WC_OK;
}

enum { ARRAY, GBUF_BYTES, VEC, ACC_ROWS, AXI, CORES, BANKS, CAP_REGS };
static const uint32_t cap_regs[CAP_REGS] = {
    [ARRAY] = WC_R_ARRAY, [GBUF_BYTES] = WC_R_GBUF_BYTES,
    [VEC] = WC_R_VEC,     [ACC_ROWS] = WC_R_ACC_ROWS,
    [AXI] = WC_R_AXI,     [CORES] = WC_R_CORES,
    [BANKS] = WC_R_BANKS,
};

static int read_regs(struct wc_device *dev, unsigned core, uint32_t value[CAP_REGS]) {
  int status = WC_OK;
  for (unsigned i = 0; i < CAP_REGS && status == WC_OK; i++)
    status = wc_reg_read(dev, core, cap_regs[i], &value[i]);
  return status;
}

static void decode(const uint32_t value[CAP_REGS], struct wc_caps *caps) {
  caps->rows = value[ARRAY] & 0xFFFF;
  caps->cols = value[ARRAY] >> 16;
  caps->gbuf_bytes = value[GBUF_BYTES];
  caps->lanes = value[VEC] & 0xFFFF;
  caps->steps = value[VEC] >> 16 & 0xFF;
  caps->acc_rows = value[ACC_ROWS];
  caps->axi_bytes = value[AXI] & 0xFF;
  caps->outstanding = value[AXI] >> 16 & 0xFF;
  caps->cores = value[CORES] & 0xFF;
  caps->queue_depth = value[CORES] >> 8 & 0xFF;
  caps->double_weights = (value[CORES] >> 16 & 1) == 0;
  caps->folds = (value[CORES] >> 17 & 1) != 0;
  caps->line_bytes = value[BANKS] & 0xFFFF;
  caps->banks = value[BANKS] >> 16;
}

static bool power_of_two(uint64_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

static unsigned larger(unsigned a, unsigned b) {
  return a > b ? a : b;
}

bool wc_caps_possible(const struct wc_caps *c, char *why, size_t why_size) {
  const unsigned tile = larger(larger(c->rows, c->cols), 8);
  const unsigned line = larger(2 * tile, 4 * c->lanes);
  const uint64_t shallow = UINT64_C(2) * c->banks * c->line_bytes;
  if (c->cores == 0 || c->cores > WC_CORES_MAX)
    wc_explain(why, why_size, "cores is %u, it must be 1 to %u", c->cores, WC_CORES_MAX);
  else if (c->rows == 0)
    wc_explain(why, why_size, "rows is 0, it must be 1 or more");
  else if (c->cols == 0)
    wc_explain(why, why_size, "cols is 0, it must be 1 or more");
  else if (c->folds && c->cols % 2 != 0)
    wc_explain(why, why_size, "cols is %u, it must be even with fold", c->cols);
  else if (!power_of_two(c->lanes) || c->lanes < 8)
    wc_explain(why, why_size, "lanes is %u, it must be a power of two from 8", c->lanes);
  else if (!power_of_two(c->acc_rows) || c->acc_rows < larger(c->rows, 8))
    wc_explain(why, why_size, "acc is %u, it must be a power of two, at least max(rows, 8) = %u",
               c->acc_rows, larger(c->rows, 8));
  else if (!power_of_two(c->line_bytes) || c->line_bytes < line)
    wc_explain(why, why_size,
               "line is %u, it must be a power of two, at least 2*max(rows, cols, 8) and 4*lanes, "
               "here %u",
               c->line_bytes, line);
  else if (!power_of_two(c->banks))
    wc_explain(why, why_size, "banks is %u, it must be a power of two", c->banks);
  else if (c->gbuf_bytes < shallow)
    wc_explain(why, why_size,
               "buffer is %" PRIu64 ", it must have two lines in each bank, here %" PRIu64,
               c->gbuf_bytes, shallow);
  else if (!power_of_two(c->axi_bytes) || c->axi_bytes < 4 || c->axi_bytes > 64)
    wc_explain(why, why_size, "axi is %u, it must be a power of two from 4 to 64", c->axi_bytes);
  else if (!power_of_two(c->outstanding) || c->outstanding > 128)
    wc_explain(why, why_size, "outstanding is %u, it must be a power of two up to 128",
               c->outstanding);
  else if (c->queue_depth == 0)
    wc_explain(why, why_size, "queue is 0, it must be 1 to 255");
  else
    return true;
  return false;
}

int wc_caps_read(struct wc_device *dev, const char *uri, char *why, size_t why_size) {
  uint32_t first[CAP_REGS], other[CAP_REGS];
  char wrong[160];
  int status = identify(dev, 0, uri, why, why_size);
  if (status == WC_OK)
    status = read_regs(dev, 0, first);
  if (status != WC_OK)
    return status;
  decode(first, &dev->caps);
  if (!wc_caps_possible(&dev->caps, wrong, sizeof wrong)) {
    dev->caps.cores = 0;
    wc_explain(why, why_size, "device '%s' cannot be: %s", uri, wrong);
    return WC_ENODEV;
  }
  for (unsigned core = 1; core < dev->caps.cores && status == WC_OK; core++) {
    status = identify(dev, core, uri, why, why_size);
    if (status == WC_OK)
      status = read_regs(dev, core, other);
    if (status == WC_OK && memcmp(first, other, sizeof first) != 0) {
      wc_explain(why, why_size, "device '%s': core %u is not like core 0", uri, core);
      status = WC_ENODEV;
    }
  }
  return status;
}
