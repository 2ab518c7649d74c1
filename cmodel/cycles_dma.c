/* LOAD and STORE alone in their units: the control of rtl/wc_dma_load.sv and wc_dma_store.sv, cycle
 * by cycle. Nobody else asks for the global buffer or the bus, so both are always ready. */
#include "cycles_dma.h"

/* The cycle in which the first @bytes of @run are there, the oldest burst. */
static uint64_t due_of(struct wc_dma_answers *answers, const struct wc_dma_run *run,
                       uint64_t bytes) {
  struct wc_dma_dues *dues = answers->dues;
  const uint64_t to = run->dram + bytes;
  if (!answers->begun)
    answers->asked = wc_memory_first(answers->memory, run->dram);
  answers->begun = true;
  if (dues == NULL) {
    wc_memory_ask(answers->memory, run->gb, false, to, &answers->asked, &answers->due);
    return answers->due;
  }
  for (; answers->asked < to; answers->asked += answers->memory->timing->dram->access_bytes)
    answers->due = dues->at[dues->taken++ & dues->mask];
  return answers->due;
}

void wc_dma_ask_all(struct wc_dma_answers *answers, const struct wc_dma_run *run, uint64_t now) {
  struct wc_dma_dues *dues = answers->dues;
  if (dues == NULL)
    return;
  const uint64_t end = run->dram + run->bytes;
  uint64_t asked = wc_memory_first(answers->memory, run->dram);
  while (asked < end)
    wc_memory_ask(answers->memory, now, false, asked + 1, &asked,
                  &dues->at[dues->put++ & dues->mask]);
}

/* @bytes of the oldest burst have been moved; returns true at its end. */
static bool answers_took(struct wc_dma_answers *answers, uint64_t bytes) {
  struct wc_dma_run *burst = &answers->bursts.entry[answers->bursts.head];
  burst->dram += bytes;
  burst->bytes -= bytes;
  if (burst->bytes != 0)
    return false;
  wc_dma_pop(&answers->bursts);
  answers->begun = false;
  return true;
}

static void count(struct wc_timing *timing, unsigned state, bool step, uint64_t now) {
  timing->state[state]++;
  if (!step)
    return;
  if (timing->end == 0)
    timing->begin = now;
  timing->end = now + 1;
}

/* Before the first run the unit checks the command: busy. */
static void begin(struct wc_timing *timing) {
  *timing = (struct wc_timing){0};
  timing->state[WC_DMA_BUSY] = WC_DMA_FIRST_RUN - 1;
}

void wc_dma_load_start(struct wc_dma_load *l, const struct wc_model_config *config,
                       struct wc_memory *memory) {
  *l = (struct wc_dma_load){.most = config->outstanding};
  wc_dma_bursts_init(&l->bursts, config);
  l->list.depth = config->outstanding;
  l->answers.memory = memory;
  wc_dma_align_init(&l->align, config->axi_bytes, config->line_bytes);
}

uint64_t wc_dma_next_beat(struct wc_dma_load *l) {
  if (wc_dma_fetch_first(l))
    return due_of(&l->answers, &l->fetch->burst[l->fetch->head].run, l->bursts.beat);
  const struct wc_dma_run *burst = wc_dma_front(&l->answers.bursts);
  return burst != NULL ? due_of(&l->answers, burst, l->bursts.beat) : UINT64_MAX;
}

/* A beat of fetch, which always has a place for it. */
static void fetch_beat(struct wc_dma_load *l, uint64_t now) {
  struct wc_dma_fetch *f = l->fetch;
  struct wc_dma_run *run = &f->burst[f->head].run;
  f->beat(f->arg, now);
  f->beats++;
  run->dram += l->bursts.beat;
  run->bytes -= l->bursts.beat;
  if (run->bytes != 0)
    return;
  f->head = (f->head + 1) % WC_DMA_FETCHES;
  f->count--;
  l->answers.begun = false;
}

bool wc_dma_load_cycle(struct wc_dma_load *l, uint64_t now, struct wc_timing *timing) {
  const struct wc_dma_burst_step burst = wc_dma_bursts_look(&l->bursts, l->outstanding != l->most);
  const bool take_run = l->walk.valid && burst.take_run && wc_dma_room(&l->list);
  const unsigned beat = l->bursts.beat;
  const bool fetched = wc_dma_fetch_first(l), there = wc_dma_next_beat(l) <= now;
  const bool read = there && !fetched && l->beats != WC_DMA_BEAT_BUFFER;
  const struct wc_dma_align_step align = wc_dma_align_look(&l->align, l->beats != 0, true);
  const struct wc_dma_run *next = wc_dma_front(&l->list);
  const bool line = l->align.word, last = line && l->align.word_last;
  const bool waits = l->outstanding != 0 || l->bursts.shown;
  count(timing, align.step || line || !waits ? WC_DMA_BUSY : WC_DMA_MEMORY, align.step, now);

  wc_dma_align_step(&l->align, align, true, next, next ? next->dram : 0, next ? next->gb : 0);
  if (next != NULL && align.take_run)
    wc_dma_pop(&l->list);
  l->beats += read;
  l->beats -= align.take_in;
  if (there && fetched)
    fetch_beat(l, now);
  if (read && answers_took(&l->answers, beat)) {
    l->outstanding--;
    l->ended++;
  }
  if (l->bursts.shown) {
    l->bursts.burst.gb = now;
    wc_dma_ask_all(&l->answers, &l->bursts.burst, now);
    wc_dma_push(&l->answers.bursts, &l->bursts.burst);
    l->asked++;
  }
  l->outstanding += burst.show;
  struct wc_dma_run run;
  if (take_run) {
    run = wc_dma_walk_run(&l->walk);
    wc_dma_push(&l->list, &run);
    wc_dma_walk_next(&l->walk);
    timing->fed = now;
  }
  wc_dma_bursts_step(&l->bursts, burst, take_run ? &run : NULL);
  return last;
}

static void time_load(const struct wc_model_config *config, struct wc_memory *memory,
                      const struct wc_dma *dma, bool leaps, struct wc_timing *timing) {
  struct wc_dma_load l;
  wc_dma_load_start(&l, config, memory);
  l.walk = (struct wc_dma_walk){.dma = dma, .valid = true};
  struct wc_dma_mark mark = {0};
  begin(timing);
  uint64_t now = WC_DMA_FIRST_RUN;
  while (!wc_dma_load_cycle(&l, now, timing)) {
    now++;
    if (leaps)
      now = wc_dma_leap_load(&l, &mark, now, UINT64_MAX, timing);
  }
  timing->done = now + 1;
}

/* The line reader, and what it gives the aligner. */
static void store_lines(struct wc_dma_store *s, bool take_line, bool take_plan) {
  const bool answer = s->answering >> 1 & 1;
  const bool read = s->lines_to_read != 0 && s->lines != WC_DMA_LINE_BUFFER;
  const struct wc_dma_run *todo = wc_dma_front(&s->list);
  const bool take = todo != NULL && wc_dma_room(&s->plan) &&
                    (s->lines_to_read == 0 || (read && s->lines_to_read == 1));
  if (take_plan)
    wc_dma_pop(&s->plan);
  s->answering = (s->answering << 1 | read) & 3;
  s->lines_to_read -= read;
  s->lines += read;
  s->lines -= take_line;
  s->line_held += answer;
  s->line_held -= take_line;
  if (!take)
    return;
  const unsigned line = s->align.in;
  s->lines_to_read = (todo->gb % line + todo->bytes + line - 1) / line;
  wc_dma_push(&s->plan, todo);
  wc_dma_pop(&s->list);
}

/* Addresses and data: a beat goes to W unless the burst or its word is missing. */
static void store_beats(struct wc_dma_store *s, uint64_t now, bool take) {
  const bool end = take && s->left == 1, next = s->lengths.count != 0 && (!s->burst || end);
  if (s->beat && s->beat_last) {
    struct wc_dma_run burst = *wc_dma_front(&s->writes);
    uint64_t asked = wc_memory_first(s->answers.memory, burst.dram);
    wc_memory_ask(s->answers.memory, now, true, burst.dram + burst.bytes, &asked, &burst.gb);
    wc_dma_push(&s->answers.bursts, &burst);
    wc_dma_pop(&s->writes);
  }
  s->beat = take;
  s->beat_last = end;
  s->left -= take;
  s->burst = s->burst && !end;
  if (next) {
    s->burst = true;
    s->left = wc_dma_front(&s->lengths)->bytes / s->bursts.beat;
    wc_dma_pop(&s->lengths);
  }
  if (s->bursts.shown) {
    wc_dma_push(&s->lengths, &s->bursts.burst);
    wc_dma_push(&s->writes, &s->bursts.burst);
  }
}

static unsigned store_state(const struct wc_dma_store *s, bool step) {
  if (step || s->beat)
    return WC_DMA_BUSY;
  if (s->bursts.shown || (s->outstanding != 0 && !s->burst))
    return WC_DMA_MEMORY;
  return s->lines_to_read != 0 || s->lines != 0 ? WC_DMA_OPERAND : WC_DMA_BUSY;
}

void wc_dma_store_start(struct wc_dma_store *s, const struct wc_model_config *config,
                        struct wc_memory *memory) {
  *s = (struct wc_dma_store){.most = config->outstanding};
  wc_dma_bursts_init(&s->bursts, config);
  s->list.depth = s->lengths.depth = s->writes.depth = config->outstanding;
  s->plan.depth = WC_DMA_PLANS;
  s->answers.memory = memory;
  wc_dma_align_init(&s->align, config->line_bytes, config->axi_bytes);
}

bool wc_dma_store_cycle(struct wc_dma_store *s, uint64_t now, struct wc_timing *timing) {
  const struct wc_dma_burst_step burst = wc_dma_bursts_look(&s->bursts, s->outstanding != s->most);
  const bool take_run = s->walk.valid && burst.take_run && wc_dma_room(&s->list);
  const struct wc_dma_align_step align = wc_dma_align_look(&s->align, s->line_held != 0, s->burst);
  const bool ready = s->burst;
  const struct wc_dma_run *next = wc_dma_front(&s->plan);
  const struct wc_dma_run *oldest = wc_dma_front(&s->answers.bursts);
  const bool answered = oldest != NULL && oldest->gb <= now;
  const bool last = answered && oldest->last;
  count(timing, store_state(s, align.step), align.step, now);

  if (answered)
    answers_took(&s->answers, oldest->bytes);
  store_beats(s, now, s->burst && s->align.word);
  wc_dma_align_step(&s->align, align, ready, next, next ? next->gb : 0, next ? next->dram : 0);
  store_lines(s, align.take_in, next != NULL && align.take_run);
  s->outstanding += burst.show;
  s->outstanding -= answered;
  struct wc_dma_run run;
  if (take_run) {
    run = wc_dma_walk_run(&s->walk);
    wc_dma_push(&s->list, &run);
    wc_dma_walk_next(&s->walk);
    timing->fed = now;
  }
  wc_dma_bursts_step(&s->bursts, burst, take_run ? &run : NULL);
  return last;
}

static void time_store(const struct wc_model_config *config, struct wc_memory *memory,
                       const struct wc_dma *dma, bool leaps, struct wc_timing *timing) {
  struct wc_dma_store s;
  wc_dma_store_start(&s, config, memory);
  s.walk = (struct wc_dma_walk){.dma = dma, .valid = true};
  struct wc_dma_mark mark = {0};
  begin(timing);
  uint64_t now = WC_DMA_FIRST_RUN;
  while (!wc_dma_store_cycle(&s, now, timing)) {
    now++;
    if (leaps)
      now = wc_dma_leap_store(&s, &mark, now, UINT64_MAX, timing);
  }
  timing->done = now + 1;
}

void wc_cycles_dma(const struct wc_model_config *config, struct wc_memory *memory,
                   const struct wc_cmd *cmd, bool leaps, struct wc_timing *timing) {
  if (cmd->hdr.opcode == WC_OP_LOAD)
    time_load(config, memory, &cmd->dma, leaps, timing);
  else
    time_store(config, memory, &cmd->dma, leaps, timing);
}

static void time_alone(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                       uint32_t opcode, const struct wc_dma *dma, struct wc_timing *timing) {
  const struct wc_cmd cmd = {.hdr.opcode = opcode, .dma = *dma};
  struct wc_memory open;
  wc_memory_open(&open, memory);
  wc_cycles_dma(config, &open, &cmd, true, timing);
  wc_memory_close(&open);
}

void wc_timing_load(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                    const struct wc_dma *dma, struct wc_timing *timing) {
  time_alone(config, memory, WC_OP_LOAD, dma, timing);
}

void wc_timing_store(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                     const struct wc_dma *dma, struct wc_timing *timing) {
  time_alone(config, memory, WC_OP_STORE, dma, timing);
}
