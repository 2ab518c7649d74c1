#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "cli_profile.h"

static uint64_t pes(const struct cli_profile_result *r) {
  return (uint64_t)r->caps->rows * r->caps->cols;
}

double cli_profile_utilisation(const struct cli_profile_result *r) {
  return (double)r->counters.value[WC_C_MACS] /
         ((double)r->counters.elapsed * (double)pes(r) * r->cores);
}

/* Lower case, without the engine's name: GEMM_PSUM is psum. */
static const char *state_name(enum wc_counter counter, char *room, size_t size) {
  const char *from = strchr(wc_counter_name(counter), '_');
  snprintf(room, size, "%s", from == NULL ? wc_counter_name(counter) : from + 1);
  for (char *c = room; *c != '\0'; c++)
    *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
  return room;
}

static void print_engines(const struct wc_counters *c) {
  const double cycles = (double)c->value[WC_C_CYCLES];
  char room[32];
  for (unsigned e = 0; e < WC_QUEUES; e++) {
    printf("%-6s", wc_engines[e].name);
    for (enum wc_counter i = wc_engines[e].first; i <= wc_engines[e].last; i++)
      printf("  %s %.1f %%", state_name(i, room, sizeof room), 100 * (double)c->value[i] / cycles);
    putchar('\n');
  }
}

static uint64_t sum(const uint64_t *states, unsigned n) {
  uint64_t total = 0;
  for (unsigned i = 0; i < n; i++)
    total += states[i];
  return total;
}

/* A share in per cent, `-` for none. */
static void print_share(double part, double whole) {
  if (whole > 0 && part > 0)
    printf(" %7.1f", 100 * part / whole);
  else
    printf(" %7s", "-");
}

/* Cycles of the array with their share of all, what the array did in them, the share of its PEs in
 * use, all the time and while a tile at an edge passed; cycles of the vector unit; bytes. */
static void print_head(void) {
  char room[32];
  printf("\n%-12s %-15s %9s %7s", "layer", "pass", "array", "of all");
  for (enum wc_counter i = wc_engines[WC_Q_GEMM].first; i <= wc_engines[WC_Q_GEMM].last; i++)
    printf(" %7s", state_name(i, room, sizeof room));
  printf(" %7s %7s %9s %9s\n", "PEs", "at edge", "vector", "DRAM KiB");
}

static void print_row(const char *layer, const char *pass, const struct wc_profile_row *row,
                      uint64_t cycles, uint64_t array) {
  const uint64_t *gemm = row->state[WC_Q_GEMM], *vec = row->state[WC_Q_VEC];
  const uint64_t total = sum(gemm, WC_ENGINE_STATES);
  printf("%-12s %-15s %9" PRIu64, layer, pass, total);
  print_share((double)total, (double)cycles);
  for (unsigned i = 0; i < WC_ENGINE_STATES; i++)
    print_share((double)gemm[i], (double)total);
  print_share((double)row->macs / (double)array, (double)total);
  print_share(wc_profile_edge_use(row, array), 1);
  printf(" %9" PRIu64 " %9.1f\n", sum(vec, WC_C_VEC_MEMORY - WC_C_VEC_BUSY),
         (double)(row->rd_bytes + row->wr_bytes) / 1024);
}

static void add_row(struct wc_profile_row *all, const struct wc_profile_row *row) {
  for (unsigned q = 0; q < WC_QUEUES; q++)
    for (unsigned i = 0; i < WC_ENGINE_STATES; i++)
      all->state[q][i] += row->state[q][i];
  all->macs += row->macs;
  all->rd_bytes += row->rd_bytes;
  all->wr_bytes += row->wr_bytes;
}

void cli_profile_print(const struct cli_profile_result *r) {
  const struct wc_profile *p = &r->profile;
  struct wc_profile_row all = {.macs = 0};
  for (unsigned k = 0; k < r->cores; k++) {
    if (r->cores > 1)
      printf("core %u: %" PRIu64 " cycles\n", k, r->core[k].value[WC_C_CYCLES]);
    print_engines(&r->core[k]);
  }
  if (p->n_layers == 0) {
    puts("This device keeps no timeline: no layers. Take sim:NAME for them.");
    return;
  }
  print_head();
  for (uint32_t layer = 0; layer < p->n_layers; layer++) {
    for (unsigned pass = 0; pass < WC_PASSES; pass++) {
      const struct wc_profile_row *row = wc_profile_row_of(p, layer, pass);
      if (wc_profile_row_empty(row))
        continue;
      print_row(p->layer[layer], wc_pass_name(pass), row, p->cycles, pes(r));
      add_row(&all, row);
    }
  }
  print_row("total", "", &all, p->cycles, pes(r));
}

static json_t *states_json(unsigned engine, const uint64_t *states) {
  json_t *all = json_object();
  char room[32];
  for (enum wc_counter i = wc_engines[engine].first; i <= wc_engines[engine].last; i++)
    json_object_set_new(all, state_name(i, room, sizeof room),
                        json_integer((json_int_t)states[i - wc_engines[engine].first]));
  return all;
}

static json_t *row_json(const char *layer, const char *pass, const struct wc_profile_row *row,
                        uint64_t array) {
  json_t *engines = json_object();
  for (unsigned e = 0; e < WC_QUEUES; e++) {
    json_t *states = states_json(e, row->state[e]);
    json_object_set_new(states, "commands", json_integer((json_int_t)row->commands[e]));
    json_object_set_new(engines, wc_engines[e].name, states);
  }
  return json_pack("{s:s, s:s, s:I, s:o, s:I, s:I, s:o}", "layer", layer, "pass", pass, "macs",
                   (json_int_t)row->macs, "partial_use", cli_real(wc_profile_edge_use(row, array)),
                   "dram_read", (json_int_t)row->rd_bytes, "dram_written",
                   (json_int_t)row->wr_bytes, "engines", engines);
}

static json_t *rows_json(const struct cli_profile_result *r) {
  const struct wc_profile *p = &r->profile;
  json_t *rows = json_array();
  for (uint32_t layer = 0; layer < p->n_layers; layer++) {
    for (unsigned pass = 0; pass < WC_PASSES; pass++) {
      const struct wc_profile_row *row = wc_profile_row_of(p, layer, pass);
      if (!wc_profile_row_empty(row))
        json_array_append_new(rows, row_json(p->layer[layer], wc_pass_name(pass), row, pes(r)));
    }
  }
  return rows;
}

json_t *cli_profile_json(const struct cli_profile_result *r) {
  const struct wc_counters *c = &r->counters;
  json_t *engines = json_object();
  for (unsigned e = 0; e < WC_QUEUES; e++)
    json_object_set_new(engines, wc_engines[e].name,
                        states_json(e, &c->value[wc_engines[e].first]));
  json_t *cores = json_array();
  for (unsigned k = 0; k < r->cores; k++)
    json_array_append_new(cores, json_integer((json_int_t)r->core[k].value[WC_C_CYCLES]));
  return json_pack("{s:I, s:o, s:o, s:I, s:I, s:o, s:o}", "cycles", (json_int_t)c->elapsed,
                   "core_cycles", cores, "mac_utilisation", cli_real(cli_profile_utilisation(r)),
                   "macs", (json_int_t)c->value[WC_C_MACS], "dram_bytes",
                   (json_int_t)(c->value[WC_C_RD_BYTES] + c->value[WC_C_WR_BYTES]), "engines",
                   engines, "layers", r->profile.n_layers > 0 ? rows_json(r) : json_null());
}
