/* Checks a list of DRAM commands against the timing parameters: every pair that the standards
 * limit, row states, data bus, refreshes. */
#ifndef WC_TEST_DRAM_RULES_H
#define WC_TEST_DRAM_RULES_H

#include "wc_dram.h"

struct dram_rules;

struct dram_rules *dram_rules_new(const struct wc_dram_config *config);
void dram_rules_delete(struct dram_rules *rules);

/* For wc_dram_watch; @arg is the struct dram_rules. */
void dram_rules_note(void *arg, enum wc_dram_command command, unsigned channel, unsigned bank,
                     uint64_t row, uint64_t clock);

/* False when a rule is broken; then both commands are printed. */
bool dram_rules_check(struct dram_rules *rules, const struct wc_dram_counters *counters);

#endif
