/* Accesses are placed in time one after the other. Everything that limits a command is kept as the
 * first cycle in which it may go, so that an access costs a few comparisons, however long it
 * waits. */
#include <stdlib.h>

#include "later.h"
#include "wc_dram.h"

struct bank {
  bool open;
  uint64_t row;
  uint64_t act_from, pre_from, rd_from, wr_from;
};

struct group {
  uint64_t act_from, rd_from, wr_from;
};

struct channel {
  struct bank *bank;
  struct group *group;
  uint64_t act_from, rd_from, wr_from; /* whatever the bank */
  uint64_t faw_from[4];                /* after each of the last four ACTs */
  unsigned oldest;                     /* of faw_from */
  uint64_t refresh;                    /* when the next one is due */
};

/* A size to divide by. Most are powers of two, and dividing is what an access would spend its time
 * on. */
struct divisor {
  uint64_t by;
  unsigned shift; /* if @by is 1 << shift; else 0 */
};

struct wc_dram {
  struct wc_dram_config config;
  struct divisor access, channels, columns, banks; /* columns: accesses of a row */
  struct {
    uint64_t cycle, clock; /* accesses of a burst are asked for in one cycle */
  } last;
  struct channel *channel;
  struct bank *bank;
  struct group *group;
  uint64_t done[2]; /* core cycle of the last read, write */
  struct wc_dram_counters counters;
  wc_dram_watch_fn watch;
  void *watch_arg;
};

/* Where an access goes. */
struct place {
  unsigned channel, group, bank; /* bank counts over groups */
  uint64_t row;
};

static struct divisor divisor_of(uint64_t by) {
  struct divisor d = {.by = by};
  while (by % 2 == 0 && by >> d.shift > 1)
    d.shift++;
  if (by != UINT64_C(1) << d.shift)
    d.shift = 0;
  return d;
}

static uint64_t divide(struct divisor d, uint64_t n) {
  return d.shift != 0 ? n >> d.shift : d.by == 1 ? n : n / d.by;
}

static void later_of(uint64_t *a, uint64_t b) {
  *a = wc_later(*a, b);
}

/* row : bank : group : column : channel : byte. Rows that follow one another in an array start in
 * different banks even at strides of a power of two: the bank is mixed with the row. */
static struct place place_of(const struct wc_dram *dram, uint64_t addr) {
  const uint64_t access = divide(dram->access, addr), row = divide(dram->channels, access);
  const uint64_t n = divide(dram->columns, row), banks = dram->banks.by;
  struct place place;
  place.channel = (unsigned)(access - row * dram->channels.by);
  place.row = divide(dram->banks, n);
  place.bank = (unsigned)((n ^ place.row) & (banks - 1));
  place.group = place.bank & (dram->config.groups - 1);
  return place;
}

static void tell(const struct wc_dram *dram, enum wc_dram_command command,
                 const struct place *place, uint64_t clock) {
  if (dram->watch != NULL)
    dram->watch(dram->watch_arg, command, place->channel, place->bank, place->row, clock);
}

static void precharge(struct wc_dram *dram, const struct place *place, uint64_t at) {
  dram->channel[place->channel].bank[place->bank].open = false;
  tell(dram, WC_DRAM_PRE, place, at);
}

static void activate(struct wc_dram *dram, const struct place *place, uint64_t at) {
  const struct wc_dram_config *config = &dram->config;
  struct channel *channel = &dram->channel[place->channel];
  struct bank *bank = &channel->bank[place->bank];
  bank->open = true;
  bank->row = place->row;
  bank->act_from = at + config->rc;
  bank->pre_from = at + config->ras;
  bank->rd_from = at + config->rcd_rd;
  bank->wr_from = at + config->rcd_wr;
  channel->act_from = at + config->rrd_s;
  channel->group[place->group].act_from = at + config->rrd_l;
  channel->faw_from[channel->oldest] = at + config->faw;
  channel->oldest = (channel->oldest + 1) % 4;
  dram->counters.activates++;
  tell(dram, WC_DRAM_ACT, place, at);
}

/* Moves the data; returns the cycle after the last of them. */
static uint64_t move(struct wc_dram *dram, const struct place *place, bool write, uint64_t at) {
  const struct wc_dram_config *config = &dram->config;
  struct channel *channel = &dram->channel[place->channel];
  struct group *group = &channel->group[place->group];
  struct bank *bank = &channel->bank[place->bank];
  const uint64_t end = at + (write ? config->cwl : config->cl) + config->burst;
  const uint64_t next_s = at + wc_later(config->ccd_s, config->burst);
  const uint64_t next_l = at + wc_later(config->ccd_l, config->burst);
  tell(dram, write ? WC_DRAM_WR : WC_DRAM_RD, place, at);
  if (write) {
    channel->wr_from = next_s;
    group->wr_from = next_l;
    later_of(&channel->rd_from, end + config->wtr_s);
    later_of(&group->rd_from, end + config->wtr_l);
    later_of(&bank->pre_from, end + config->wr);
    dram->counters.writes++;
  } else {
    channel->rd_from = next_s;
    group->rd_from = next_l;
    if (end + config->rtw > config->cwl)
      later_of(&channel->wr_from, end + config->rtw - config->cwl);
    later_of(&bank->pre_from, at + config->rtp);
    dram->counters.reads++;
  }
  dram->counters.bytes += config->access_bytes;
  return end;
}

/* Closes all rows of a channel and refreshes it. */
static void refresh(struct wc_dram *dram, unsigned number) {
  struct channel *channel = &dram->channel[number];
  const unsigned banks = dram->config.groups * dram->config.banks;
  uint64_t close = channel->refresh, at = wc_later(channel->refresh, channel->act_from);
  bool open = false;
  for (unsigned i = 0; i < banks; i++) {
    const struct bank *bank = &channel->bank[i];
    open |= bank->open;
    if (bank->open)
      later_of(&close, bank->pre_from);
    else
      later_of(&at, bank->act_from);
  }
  if (open)
    later_of(&at, close + dram->config.rp_all);
  for (unsigned i = 0; i < banks; i++) {
    const struct place place = {number, i % dram->config.groups, i, channel->bank[i].row};
    if (channel->bank[i].open)
      precharge(dram, &place, close);
  }
  channel->act_from = at + dram->config.rfc;
  channel->refresh += dram->config.refi;
  dram->counters.refreshes++;
  tell(dram, WC_DRAM_REF, &(struct place){.channel = number}, at);
}

static uint64_t act_time(const struct channel *channel, const struct place *place, uint64_t from) {
  from = wc_later(from, channel->bank[place->bank].act_from);
  from = wc_later(from, channel->group[place->group].act_from);
  from = wc_later(from, channel->faw_from[channel->oldest]);
  return wc_later(from, channel->act_from);
}

static uint64_t move_time(const struct channel *channel, const struct place *place, bool write,
                          uint64_t from) {
  const struct group *group = &channel->group[place->group];
  const struct bank *bank = &channel->bank[place->bank];
  if (write)
    return wc_later(wc_later(from, bank->wr_from), wc_later(group->wr_from, channel->wr_from));
  return wc_later(wc_later(from, bank->rd_from), wc_later(group->rd_from, channel->rd_from));
}

/* Opens the row unless it is open. A refresh that is due by the time the row would open, or the
 * data of an open one would move, goes first. */
static void open_row(struct wc_dram *dram, const struct place *place, bool write, uint64_t from) {
  struct channel *channel = &dram->channel[place->channel];
  struct bank *bank = &channel->bank[place->bank];
  for (;;) {
    const bool hit = bank->open && bank->row == place->row;
    const uint64_t close = wc_later(from, bank->pre_from);
    const uint64_t closed = bank->open && !hit ? close + dram->config.rp : from;
    const uint64_t at =
        hit ? move_time(channel, place, write, from) : act_time(channel, place, closed);
    if (at >= channel->refresh) {
      refresh(dram, place->channel);
      continue;
    }
    if (hit) {
      dram->counters.row_hits++;
      return;
    }
    if (bank->open)
      precharge(dram, &(struct place){place->channel, place->group, place->bank, bank->row}, close);
    activate(dram, place, at);
    return;
  }
}

uint64_t wc_dram_clock(const struct wc_dram_config *config, uint64_t cycle) {
  return (cycle * config->clock_mhz + config->core_mhz - 1) / config->core_mhz;
}

/* The first core cycle at or after DRAM clock edge @clock. */
static uint64_t core_cycle(const struct wc_dram_config *config, uint64_t clock) {
  return (clock * config->core_mhz + config->clock_mhz - 1) / config->clock_mhz;
}

uint64_t wc_dram_access(struct wc_dram *dram, uint64_t cycle, uint64_t addr, bool write) {
  uint64_t done = cycle;
  if (dram->config.channels != 0) {
    const struct place place = place_of(dram, addr);
    if (cycle != dram->last.cycle) {
      dram->last.cycle = cycle;
      dram->last.clock = wc_dram_clock(&dram->config, cycle);
    }
    const uint64_t from = dram->last.clock;
    open_row(dram, &place, write, from);
    const struct channel *channel = &dram->channel[place.channel];
    const uint64_t end = move(dram, &place, write, move_time(channel, &place, write, from));
    done = core_cycle(&dram->config, end);
  }
  later_of(&dram->done[write], done);
  return dram->done[write];
}

struct wc_dram *wc_dram_new(const struct wc_dram_config *config) {
  const size_t channels = config->channels, groups = channels * config->groups;
  const size_t banks = groups * config->banks;
  struct wc_dram *dram = calloc(1, sizeof *dram);
  if (dram == NULL)
    return NULL;
  dram->config = *config;
  dram->access = divisor_of(config->access_bytes);
  dram->channels = divisor_of(channels);
  dram->columns = divisor_of(config->row_bytes / config->access_bytes);
  dram->banks = divisor_of((uint64_t)config->groups * config->banks);
  dram->channel = calloc(channels + 1, sizeof *dram->channel);
  dram->group = calloc(groups + 1, sizeof *dram->group);
  dram->bank = calloc(banks + 1, sizeof *dram->bank);
  if (dram->channel == NULL || dram->group == NULL || dram->bank == NULL) {
    wc_dram_delete(dram);
    return NULL;
  }
  for (size_t i = 0; i < channels; i++) {
    dram->channel[i].group = &dram->group[i * config->groups];
    dram->channel[i].bank = &dram->bank[i * config->groups * config->banks];
    dram->channel[i].refresh = config->refi * (i + 1) / channels; /* not all at once */
  }
  return dram;
}

void wc_dram_delete(struct wc_dram *dram) {
  if (dram == NULL)
    return;
  free(dram->channel);
  free(dram->group);
  free(dram->bank);
  free(dram);
}

const struct wc_dram_counters *wc_dram_counters(const struct wc_dram *dram) {
  return &dram->counters;
}

void wc_dram_watch(struct wc_dram *dram, wc_dram_watch_fn fn, void *arg) {
  dram->watch = fn;
  dram->watch_arg = arg;
}
