/* Beats, lines and bursts are powers of two: remainders are taken with masks, which decides about
 * the speed of the whole. */
#include "cycles_dma.h"

struct wc_dma_run wc_dma_walk_run(const struct wc_dma_walk *walk) {
  const struct wc_dma *d = walk->dma;
  const int64_t i1 = walk->i1, i2 = walk->i2, i3 = walk->i3;
  return (struct wc_dma_run){
      .dram = ((uint64_t)d->dram_hi << 32 | d->dram_lo) +
              (uint64_t)(i3 * d->ds3 + i2 * d->ds2 + i1 * d->ds1),
      .gb = d->gb + (uint64_t)(i3 * d->gs3 + i2 * d->gs2 + i1 * d->gs1),
      .bytes = d->n0,
      .last = walk->i1 + 1 == d->n1 && walk->i2 + 1 == d->n2 && walk->i3 + 1 == d->n3,
  };
}

void wc_dma_walk_next(struct wc_dma_walk *walk) {
  if (++walk->i1 < walk->dma->n1)
    return;
  walk->i1 = 0;
  if (++walk->i2 < walk->dma->n2)
    return;
  walk->i2 = 0;
  if (++walk->i3 == walk->dma->n3)
    walk->valid = false;
}

void wc_dma_bursts_init(struct wc_dma_bursts *bursts, const struct wc_model_config *config) {
  const unsigned most = 256 * config->axi_bytes;
  *bursts = (struct wc_dma_bursts){.beat = config->axi_bytes, .most = most < 4096 ? most : 4096};
}

/* Bytes of the next burst of the run in progress. */
static uint64_t burst_bytes(const struct wc_dma_bursts *bursts) {
  const uint64_t room = bursts->most - (bursts->run.dram & (bursts->most - 1));
  return bursts->run.bytes < room ? bursts->run.bytes : room;
}

struct wc_dma_burst_step wc_dma_bursts_look(const struct wc_dma_bursts *bursts, bool allow) {
  const bool show = bursts->valid && allow;
  return (struct wc_dma_burst_step){
      .show = show,
      .take_run = !bursts->valid || (show && burst_bytes(bursts) == bursts->run.bytes),
  };
}

void wc_dma_bursts_step(struct wc_dma_bursts *bursts, struct wc_dma_burst_step step,
                        const struct wc_dma_run *run) {
  bursts->shown = step.show;
  if (step.show) {
    const uint64_t bytes = burst_bytes(bursts), beat = bursts->beat;
    const uint64_t end = (bursts->run.dram + bytes + beat - 1) & ~(beat - 1);
    bursts->burst.dram = bursts->run.dram & ~(beat - 1);
    bursts->burst.bytes = end - bursts->burst.dram;
    bursts->burst.last = bursts->run.last && bytes == bursts->run.bytes;
    bursts->run.dram += bytes;
    bursts->run.bytes -= bytes;
    bursts->valid = bursts->run.bytes != 0;
  }
  if (run != NULL) {
    bursts->valid = true;
    bursts->run = *run;
  }
}

void wc_dma_align_init(struct wc_dma_align *align, unsigned in, unsigned out) {
  *align = (struct wc_dma_align){.in = in, .out = out, .piece = in < out ? in : out};
}

/* Bytes that the next piece may have: to the end of a piece of the input. */
static uint64_t piece_room(const struct wc_dma_align *align) {
  return align->piece - (align->src & (align->piece - 1));
}

struct wc_dma_align_step wc_dma_align_look(const struct wc_dma_align *align, bool in_valid,
                                           bool out_ready) {
  struct wc_dma_align_step s;
  s.free = !align->word || out_ready;
  const bool complete = align->rot_end || align->rot_fill >= align->out;
  s.merge = align->rot && !align->tail && (!complete || s.free);
  s.step = align->run && in_valid && (!align->rot || s.merge);
  const uint64_t room = piece_room(align);
  const bool run_end = align->left <= room;
  const bool word_end = align->left >= room && ((align->src + room) & (align->in - 1)) == 0;
  s.take_in = s.step && (run_end || word_end);
  s.take_run = !align->run || (s.step && run_end);
  return s;
}

void wc_dma_align_step(struct wc_dma_align *align, struct wc_dma_align_step step, bool out_ready,
                       const struct wc_dma_run *run, uint64_t src, uint64_t dst) {
  if (out_ready)
    align->word = false;
  if (align->tail && step.free) {
    align->tail = false;
    align->word = true;
    align->word_last = align->tail_last;
  }
  if (step.merge) {
    const bool spill = align->rot_fill > align->out;
    if (align->rot_end || align->rot_fill >= align->out) {
      align->word = true;
      align->word_last = align->rot_last && align->rot_end && !spill;
    }
    if (spill && align->rot_end) {
      align->tail = true;
      align->tail_last = align->rot_last;
    }
    align->rot = false;
  }
  if (step.step) {
    const uint64_t room = piece_room(align), piece = align->left < room ? align->left : room;
    align->rot = true;
    align->rot_fill = (align->dst & (align->out - 1)) + piece;
    align->rot_end = piece == align->left;
    align->rot_last = align->last;
    align->src += piece;
    align->dst += piece;
    align->left -= piece;
    align->run = align->left != 0;
  }
  if (run != NULL && step.take_run) {
    align->run = true;
    align->src = src;
    align->dst = dst;
    align->left = run->bytes;
    align->last = run->last;
  }
}
