/* wc_vector: set-up, and its parts together, cycle by cycle. */
#include "cycles_vec.h"

#include <assert.h>
#include <string.h>

#include "cycles_vec_leap.h"

static unsigned log2_of(unsigned power) {
  unsigned bits = 0;
  while (power >> bits > 1)
    bits++;
  return bits;
}

static void walk_start(struct vec_walk *w, const struct wc_vec *v, unsigned lanes, uint32_t n1) {
  const uint32_t blocks = (v->d0 + lanes - 1) / lanes;
  w->valid = true;
  w->last[0] = n1 - 1;
  w->last[1] = blocks - 1;
  w->last[2] = v->d2 - 1;
  w->last[3] = v->d3 - 1;
  w->lanes = lanes;
  w->last_count = v->d0 - (blocks - 1) * lanes;
}

static void walk_place(struct vec_walk *w, const struct wc_stream *s, unsigned lanes) {
  const int64_t bytes = (int64_t)wc_type_bytes(s->type);
  w->stride[0] = s->s1;
  w->stride[1] = s->type == WC_T_BIT ? lanes / 8 : s->s0 * bytes * lanes;
  w->stride[2] = s->s2;
  w->stride[3] = s->s3;
  for (unsigned i = 0; i < VEC_LEVELS; i++)
    w->at[i] = s->base;
}

static bool is_contiguous(const struct wc_stream *s, const struct wc_vec *v) {
  return s->type == WC_T_BIT || s->s0 == 1 || v->d0 == 1;
}

static int64_t piece_bytes(const struct vec_fetch *f, uint32_t elements) {
  if (f->bits)
    return (elements + 7) / 8;
  return (int64_t)(f->contiguous ? elements : 1) << f->shift;
}

/* @room: lines under way; @n1: vectors of a block */
static void fetch_start(struct vec_unit *u, unsigned index, const struct wc_vec *v,
                        const struct wc_stream *s, unsigned room, uint32_t n1) {
  struct vec_fetch *f = &u->fetch[index];
  u->fetches[u->n_fetches++] = index;
  u->moving |= 1U << index;
  walk_start(&f->walk, v, u->sequence.lanes, n1);
  walk_place(&f->walk, s, u->sequence.lanes);
  f->lines = u->lines;
  f->room = room;
  f->shift = log2_of((unsigned)wc_type_bytes(s->type));
  f->contiguous = is_contiguous(s, v);
  f->single = s->s0 == 0;
  f->bits = s->type == WC_T_BIT;
  f->step = s->s0 * (int64_t)wc_type_bytes(s->type);
  f->bytes = piece_bytes(f, f->walk.lanes);
  f->last_bytes = piece_bytes(f, f->walk.last_count);
}

static void output_start(struct vec_unit *u, unsigned o, const struct wc_vec *v,
                         const struct wc_stream *s) {
  struct vec_store *store = &u->store[o];
  u->reduces[o] = s->reduce != 0;
  if (u->reduces[o])
    u->reduce[o] = (struct vec_reduce){.state = s->load ? VEC_LOAD : VEC_RUN,
                                       .eight = s->chains,
                                       .loads = s->load,
                                       .keeps = s->keep};
  if (s->load)
    fetch_start(u, WC_VEC_INPUTS + o, v, s, 2, s->chains ? WC_CHAINS : 1);
  walk_start(&store->walk, v, u->sequence.lanes, !s->reduce ? v->d1 : s->keep ? WC_CHAINS : 1);
  walk_place(&store->walk, s, u->sequence.lanes);
  store->lines = u->lines;
  store->shift = log2_of((unsigned)wc_type_bytes(s->type));
  store->contiguous = is_contiguous(s, v);
  store->bits = s->type == WC_T_BIT;
  store->step = s->s0 * (int64_t)wc_type_bytes(s->type);
}

/* An operand that an operation has not is 0 in a legal command, which would be the first stream. */
unsigned vec_streams_read(const struct wc_step *s) {
  unsigned read = 1U << s->a;
  switch (s->op) {
    case WC_V_NOP:
      return 0;
    case WC_V_FMA:
    case WC_V_SEL:
      read |= 1U << s->b | 1U << s->c;
      break;
    case WC_V_ADD:
      read |= 1U << s->c;
      break;
    case WC_V_MOV:
    case WC_V_SQRT:
    case WC_V_POW2:
    case WC_V_EXPO:
    case WC_V_MANT:
      break;
    default:
      read |= 1U << s->b;
      break;
  }
  return read & ((1U << WC_VEC_INPUTS) - 1);
}

bool vec_divides(const struct wc_cmd *cmd) {
  const uint32_t op = cmd->step[WC_STEPS - 1].op;
  return op == WC_V_DIV || op == WC_V_SQRT;
}

void vec_unit_start(struct vec_unit *u, struct vec_banks *banks,
                    const struct wc_model_config *config, const struct wc_cmd *cmd) {
  const struct wc_vec *v = &cmd->vec;
  *u = (struct vec_unit){.n_in = v->n_in, .n_out = v->n_out, .banks = banks};
  banks->meets = banks->serves = 0;
  memset(banks->behind, 0, config->banks);
  u->lines = (struct vec_lines){log2_of(config->line_bytes), config->banks};
  walk_start(&u->sequence, v, config->lanes, v->d1);
  for (unsigned k = 0; k < WC_STEPS; k++)
    u->lanes.reads[k] = vec_streams_read(&cmd->step[k]);
  u->lanes.divides = vec_divides(cmd);
  for (unsigned i = 0; i < v->n_in; i++) {
    const bool held = cmd->in[i].s1 == 0;
    u->lanes.held |= held ? 1U << i : 0;
    fetch_start(u, i, v, &cmd->in[i], 8, held ? 1 : v->d1);
  }
  for (unsigned o = 0; o < v->n_out; o++)
    output_start(u, o, v, &cmd->out[o]);
}

bool vec_unit_done(const struct vec_unit *u) {
  if (u->sequence.valid || u->lanes.valid != 0)
    return false;
  bool done = !u->write.valid;
  for (unsigned o = 0; o < u->n_out; o++)
    done = done && vec_store_done(&u->store[o]);
  return done;
}

/* The write port's side of a cycle. Returns the output whose line is taken, as a bit. */
static unsigned clock_write(struct vec_unit *u, bool ready) {
  static_assert(WC_VEC_OUTPUTS <= 3, "half of its bit is an output's number");
  unsigned wants = 0;
  for (unsigned o = 0; o < u->n_out; o++)
    wants |= (unsigned)u->store[o].wants << o;
  if (wants == 0 && !u->write.valid)
    return 0;
  const unsigned grant = vec_write_grant(&u->write, wants);
  vec_write_clock(&u->write, grant, u->store[grant >> 1].to_bank, ready);
  return grant;
}

/* Output @o: the reduction when it has one, and the store. Returns the chains it takes. */
static unsigned clock_output(struct vec_unit *u, unsigned o, bool granted, bool arrives,
                             bool last) {
  struct vec_store *store = &u->store[o];
  if (!u->reduces[o]) {
    vec_store_clock(store, granted, arrives);
    return 0;
  }
  struct vec_reduce *reduce = &u->reduce[o];
  const unsigned chain = u->there & 1U << (WC_VEC_INPUTS + o);
  const unsigned pop = reduce->state == VEC_LOAD ? chain : 0;
  const bool gives = reduce->state == VEC_GIVE, ready = vec_store_ready(store, granted);
  vec_reduce_clock(reduce, arrives, last, chain != 0, ready);
  vec_store_clock(store, granted, gives && ready);
  return pop;
}

static void clock_fetches(struct vec_unit *u, unsigned asked, unsigned arrives, unsigned pops) {
  const unsigned moving = u->moving | asked | arrives | pops;
  unsigned asking = u->asking & ~moving, there = u->there & ~moving, moves = 0;
  for (unsigned i = 0; i < u->n_fetches; i++) {
    const unsigned f = u->fetches[i];
    struct vec_fetch *fetch = &u->fetch[f];
    if ((moving >> f & 1) == 0)
      continue;
    vec_fetch_clock(fetch, (asked >> f & 1) != 0, (arrives >> f & 1) != 0, (pops >> f & 1) != 0);
    asking |= (unsigned)fetch->wants << f;
    there |= (unsigned)fetch->valid << f;
    moves |= (unsigned)!fetch->resting << f;
  }
  u->asking = asking;
  u->there = there;
  u->moving = moves;
}

bool vec_unit_clock(struct vec_unit *u) {
  const bool asks = u->read.valid != 0 || u->write.valid;
  const unsigned served = asks ? vec_banks_serve(u->banks, &u->read, &u->write) : 0;
  const unsigned arrives = u->read.back[0] | u->read.back[1];
  const unsigned asked = vec_read_clock(&u->read, u->fetch, u->asking, served);
  const unsigned granted = clock_write(u, (served >> 2 & 1) != 0);
  bool end_ready = true;
  for (unsigned o = 0; o < u->n_out; o++)
    end_ready = end_ready && (u->reduces[o] ? vec_reduce_ready(&u->reduce[o])
                                            : vec_store_ready(&u->store[o], granted >> o & 1));
  struct vec_move move = vec_lanes_move(&u->lanes, &u->sequence, u->there, end_ready);
  const bool leaves = vec_lanes_at_end(&u->lanes) && end_ready;
  const bool last = vec_lanes_last_at_end(&u->lanes);
  for (unsigned o = 0; o < u->n_out; o++)
    move.pops |= clock_output(u, o, (granted >> o & 1) != 0, leaves, last);
  vec_lanes_clock(&u->lanes, move, u->sequence.index[0] == u->sequence.last[0], end_ready);
  clock_fetches(u, asked, arrives, move.pops);
  if (move.enters)
    vec_walk_next(&u->sequence);
  return move.enters;
}

/* Neither the output nor what it waits for moves. */
static bool output_rests(const struct vec_unit *u, unsigned o) {
  const struct vec_reduce *r = &u->reduce[o];
  const bool chain = (u->there >> (WC_VEC_INPUTS + o) & 1) != 0;
  const bool reduces =
      r->align || r->sum || (r->state != VEC_RUN && (r->state != VEC_LOAD || chain));
  return !u->store[o].piece_valid && !u->store[o].wants && !(u->reduces[o] && reduces);
}

/* Goes on by the cycles in which nothing but the lanes moves. */
static unsigned rest(struct vec_unit *u) {
  const struct vec_read *r = &u->read;
  if ((u->moving | u->asking | r->valid | r->sent[0] | r->sent[1] | r->back[0] | r->back[1]) != 0 ||
      u->write.valid || u->write.next_valid)
    return 0;
  for (unsigned o = 0; o < u->n_out; o++) {
    if (!output_rests(u, o))
      return 0;
  }
  return vec_lanes_rest(&u->lanes, &u->sequence, u->there);
}

/* The lines of a stream, of which it asks for so many, as a walk: that of its innermost loop, and
 * of those around it that go on where it ends. */
static struct wc_port_use use_of(const struct vec_walk *w, uint64_t asks, struct vec_lines lines) {
  const int64_t line = INT64_C(1) << lines.offset_bits;
  struct wc_port_use use = {.lines = (uint32_t)asks};
  uint64_t runs = 1;
  int64_t stride = 0;
  for (unsigned level = 0; level < VEC_LEVELS; level++) {
    if (w->last[level] == 0 || w->stride[level] == 0)
      continue;
    if (stride == 0)
      stride = w->stride[level] < 0 ? -line : w->stride[level] < line ? line : w->stride[level];
    else if (w->stride[level] < 0 || w->stride[level] >= 2 * line)
      runs *= w->last[level] + 1;
  }
  const uint32_t step = (uint32_t)(stride >> lines.offset_bits) & (lines.banks - 1);
  if (asks <= runs * lines.banks || step >= WC_PORT_STEPS)
    return use;
  use.walk[step].lines = (uint32_t)(asks - runs * lines.banks);
  use.walk[step].longer =
      (uint32_t)(use.walk[step].lines * (uint64_t)(stride & (line - 1)) >> lines.offset_bits);
  return use;
}

/* Streams share their ports, so that the one with most lines says how far the port walks. */
static void add_stream(struct wc_port_use *port, const struct wc_port_use *stream) {
  const uint32_t asks = port->asks + stream->lines;
  if (stream->lines > port->lines)
    *port = *stream;
  port->asks = asks;
}

static void count_use(const struct vec_unit *u, struct wc_port_use *port) {
  for (unsigned i = 0; i < u->n_fetches; i++) {
    const struct vec_fetch *f = &u->fetch[u->fetches[i]];
    const struct wc_port_use use = use_of(&f->walk, f->asks, u->lines);
    add_stream(&port[0], &use);
  }
  for (unsigned o = 0; o < u->n_out; o++) {
    const struct wc_port_use use = use_of(&u->store[o].walk, u->store[o].writes, u->lines);
    add_stream(&port[1], &use);
  }
}

void vec_timing(const struct wc_model_config *config, const struct wc_cmd *cmd, bool leaps,
                struct wc_timing *timing) {
  const uint64_t check = cmd->vec.n_in + cmd->vec.n_out + 4; /* a cycle a stream, and around it */
  struct vec_progress progress = {check, 0};
  struct vec_banks banks;
  struct vec_unit unit;
  struct vec_leap leap;
  vec_unit_start(&unit, &banks, config, cmd);
  vec_leap_start(&leap, &unit);
  *timing = (struct wc_timing){0};
  while (!vec_unit_done(&unit)) {
    const bool enters = vec_unit_clock(&unit);
    progress.cycle++;
    if (!enters) {
      progress.cycle += leaps ? rest(&unit) : 0;
      continue;
    }
    if (progress.entered == 0)
      timing->begin = progress.cycle - 1;
    progress.entered++;
    timing->end = progress.cycle;
    if (leaps)
      vec_leap(&leap, &unit, &progress);
  }
  timing->done = progress.cycle;
  timing->state[1] = progress.entered;
  timing->state[2] = timing->done + 1 - progress.entered;
  count_use(&unit, timing->port);
}

void wc_timing_vec(const struct wc_model_config *config, const struct wc_cmd *cmd,
                   struct wc_timing *timing) {
  vec_timing(config, cmd, true, timing);
}
