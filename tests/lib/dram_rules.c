#include "dram_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct note {
  enum wc_dram_command command;
  unsigned channel, bank;
  uint64_t row, clock;
  size_t order; /* of decision: breaks ties */
};

struct dram_rules {
  struct wc_dram_config config;
  struct note *note;
  size_t notes, room;
};

struct dram_rules *dram_rules_new(const struct wc_dram_config *config) {
  struct dram_rules *rules = calloc(1, sizeof *rules);
  if (rules == NULL)
    abort();
  rules->config = *config;
  return rules;
}

void dram_rules_delete(struct dram_rules *rules) {
  free(rules->note);
  free(rules);
}

void dram_rules_note(void *arg, enum wc_dram_command command, unsigned channel, unsigned bank,
                     uint64_t row, uint64_t clock) {
  struct dram_rules *rules = arg;
  if (rules->notes == rules->room) {
    rules->room = 2 * rules->room + 64;
    rules->note = realloc(rules->note, rules->room * sizeof *rules->note);
    if (rules->note == NULL)
      abort();
  }
  const struct note note = {command, channel, bank, row, clock, rules->notes};
  rules->note[rules->notes++] = note;
}

static int by_time(const void *left, const void *right) {
  const struct note *a = left, *b = right;
  if (a->channel != b->channel)
    return a->channel < b->channel ? -1 : 1;
  if (a->clock != b->clock)
    return a->clock < b->clock ? -1 : 1;
  return a->order < b->order ? -1 : 1;
}

static unsigned most(unsigned a, unsigned b) {
  return a > b ? a : b;
}

/* Cycles that @next must come after @first at least. */
static unsigned apart(const struct wc_dram_config *c, const struct note *first,
                      const struct note *next) {
  const bool bank = first->bank == next->bank;
  const bool group = first->bank % c->groups == next->bank % c->groups;
  switch (first->command) {
    case WC_DRAM_ACT:
      if (next->command == WC_DRAM_ACT)
        return bank ? c->rc : group ? c->rrd_l : c->rrd_s;
      if (!bank)
        return 0;
      return next->command == WC_DRAM_RD    ? c->rcd_rd
             : next->command == WC_DRAM_WR  ? c->rcd_wr
             : next->command == WC_DRAM_PRE ? c->ras
                                            : 0;
    case WC_DRAM_PRE:
      if (next->command == WC_DRAM_REF)
        return c->rp;
      return bank && next->command == WC_DRAM_ACT ? c->rp : 0;
    case WC_DRAM_RD:
      if (next->command == WC_DRAM_RD)
        return most(c->burst, group ? c->ccd_l : c->ccd_s);
      if (next->command == WC_DRAM_WR)
        return c->cl + c->burst + c->rtw - c->cwl;
      return bank && next->command == WC_DRAM_PRE ? c->rtp : 0;
    case WC_DRAM_WR:
      if (next->command == WC_DRAM_WR)
        return most(c->burst, group ? c->ccd_l : c->ccd_s);
      if (next->command == WC_DRAM_RD)
        return c->cwl + c->burst + (group ? c->wtr_l : c->wtr_s);
      return bank && next->command == WC_DRAM_PRE ? c->cwl + c->burst + c->wr : 0;
    default: /* REF: of all banks */
      return next->command == WC_DRAM_ACT || next->command == WC_DRAM_REF ? c->rfc : 0;
  }
}

static bool check_pairs(const struct dram_rules *rules) {
  const struct wc_dram_config *c = &rules->config;
  const uint64_t reach = c->rfc + c->rc + c->burst + c->cl + c->wr + c->faw;
  for (size_t i = 0; i < rules->notes; i++) {
    const struct note *next = &rules->note[i];
    unsigned acts = 0;
    for (size_t j = i; j-- > 0;) {
      const struct note *first = &rules->note[j];
      if (first->channel != next->channel || first->clock + reach < next->clock)
        break;
      acts += first->command == WC_DRAM_ACT;
      unsigned least = apart(c, first, next);
      if (next->command == WC_DRAM_ACT && first->command == WC_DRAM_ACT && acts == 4)
        least = most(least, c->faw);
      if (next->clock - first->clock >= least)
        continue;
      fprintf(stderr, "channel %u: command %d of bank %u at %llu, %d of bank %u at %llu\n",
              next->channel, first->command, first->bank, (unsigned long long)first->clock,
              next->command, next->bank, (unsigned long long)next->clock);
      return false;
    }
  }
  return true;
}

static bool row_state(const struct note *note, bool *open, uint64_t *row, unsigned banks) {
  bool closed = true;
  switch (note->command) {
    case WC_DRAM_ACT:
      closed = !open[note->bank];
      open[note->bank] = true;
      row[note->bank] = note->row;
      return closed;
    case WC_DRAM_PRE:
      closed = !open[note->bank];
      open[note->bank] = false;
      return !closed;
    case WC_DRAM_REF:
      for (unsigned i = 0; i < banks; i++)
        closed &= !open[i];
      return closed;
    default:
      return open[note->bank] && row[note->bank] == note->row;
  }
}

/* Rows are open when their data move, closed when they open and when all are refreshed. */
static bool check_rows(const struct dram_rules *rules) {
  const unsigned banks = rules->config.groups * rules->config.banks;
  const size_t all = (size_t)rules->config.channels * banks;
  bool *open = calloc(all, sizeof *open);
  uint64_t *row = calloc(all, sizeof *row);
  if (open == NULL || row == NULL)
    abort();
  bool good = true;
  for (size_t i = 0; i < rules->notes && good; i++) {
    const struct note *note = &rules->note[i];
    const size_t first = (size_t)note->channel * banks;
    good = note->bank < banks && row_state(note, open + first, row + first, banks);
    if (!good)
      fprintf(stderr, "channel %u: command %d of bank %u at %llu finds its row wrong\n",
              note->channel, note->command, note->bank, (unsigned long long)note->clock);
  }
  free(open);
  free(row);
  return good;
}

/* At most eight refreshes may be owed at any time (JESD79's limit, and those of its family). */
static bool check_refreshes(const struct dram_rules *rules) {
  uint64_t count = 0;
  for (size_t i = 0; i < rules->notes; i++) {
    const struct note *note = &rules->note[i];
    if (i == 0 || note->channel != rules->note[i - 1].channel)
      count = 0;
    if ((count + 9) * rules->config.refi <= note->clock) {
      fprintf(stderr, "channel %u: nine refreshes are owed at %llu\n", note->channel,
              (unsigned long long)note->clock);
      return false;
    }
    count += note->command == WC_DRAM_REF;
  }
  return true;
}

bool dram_rules_check(struct dram_rules *rules, const struct wc_dram_counters *counters) {
  uint64_t seen[5] = {0};
  for (size_t i = 0; i < rules->notes; i++)
    seen[rules->note[i].command]++;
  if (seen[WC_DRAM_ACT] != counters->activates || seen[WC_DRAM_RD] != counters->reads ||
      seen[WC_DRAM_WR] != counters->writes || seen[WC_DRAM_REF] != counters->refreshes ||
      counters->row_hits + counters->activates != counters->reads + counters->writes) {
    fprintf(stderr, "counters differ from the commands\n");
    return false;
  }
  qsort(rules->note, rules->notes, sizeof *rules->note, by_time);
  return check_pairs(rules) && check_rows(rules) && check_refreshes(rules);
}
