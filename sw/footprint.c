#include "footprint.h"

#include <stdlib.h>

struct extent {
  int64_t lo, hi; /* [lo, hi) */
};

static struct extent extent_of(const struct wc_footprint *a) {
  struct extent e = {a->base, a->base + (int64_t)a->bytes};
  for (unsigned k = 0; k < WC_FOOTPRINT_DIMS; k++) {
    const int64_t reach = (int64_t)(a->dim[k].n - 1) * a->dim[k].stride;
    if (reach < 0)
      e.lo += reach;
    else
      e.hi += reach;
  }
  return e;
}

/* Sorts the dimensions by stride, smallest first, all made positive; joins contiguous ones. */
static struct wc_footprint normalised(const struct wc_footprint *a) {
  struct wc_footprint f = {a->base, a->bytes, {{1, 0}, {1, 0}, {1, 0}, {1, 0}}};
  unsigned used = 0;
  for (unsigned k = 0; k < WC_FOOTPRINT_DIMS; k++) {
    uint64_t n = a->dim[k].n;
    int64_t stride = a->dim[k].stride;
    if (n == 1)
      continue;
    if (stride < 0) {
      f.base += (int64_t)(n - 1) * stride;
      stride = -stride;
    }
    unsigned at = used++;
    for (; at > 0 && f.dim[at - 1].stride > stride; at--)
      f.dim[at] = f.dim[at - 1];
    f.dim[at].n = n;
    f.dim[at].stride = stride;
  }
  unsigned kept = 0;
  for (unsigned k = 0; k < used; k++) {
    if (kept == 0 && f.dim[k].stride == (int64_t)f.bytes && f.bytes != 0) {
      f.bytes *= f.dim[k].n;
      continue;
    }
    f.dim[kept++] = f.dim[k];
  }
  for (; kept < WC_FOOTPRINT_DIMS; kept++) {
    f.dim[kept].n = 1;
    f.dim[kept].stride = 0;
  }
  return f;
}

/* One bit for each byte of an extent. */
struct bitmap {
  uint64_t *words;
  int64_t lo;
  uint64_t n_words;
};

static bool bitmap_new(struct bitmap *map, struct extent e) {
  map->lo = e.lo;
  map->n_words = (uint64_t)(e.hi - e.lo) / 64 + 1;
  map->words = calloc(map->n_words, sizeof *map->words);
  return map->words != NULL;
}

/* What a walk does with the bits of a run, and whether one that is set already ends it. */
enum walk { WALK_SET, WALK_SET_ONCE, WALK_LOOK };

/* True when a bit of the run was set before. */
static bool bitmap_run(struct bitmap *map, int64_t lo, uint64_t bytes, enum walk walk) {
  uint64_t bit = (uint64_t)(lo - map->lo);
  const uint64_t end = bit + bytes;
  bool hit = false;
  while (bit < end) {
    const uint64_t in_word = 64 - bit % 64, left = end - bit;
    const uint64_t count = in_word < left ? in_word : left;
    const uint64_t mask = (count == 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1) << bit % 64;
    hit = hit || (map->words[bit / 64] & mask) != 0;
    if (walk != WALK_LOOK)
      map->words[bit / 64] |= mask;
    bit += count;
  }
  return hit;
}

/* Visits every run of @f that meets @clip. True: it was ended. */
static bool bitmap_walk(struct bitmap *map, const struct wc_footprint *f, struct extent clip,
                        enum walk walk) {
  for (uint64_t i3 = 0; i3 < f->dim[3].n; i3++) {
    for (uint64_t i2 = 0; i2 < f->dim[2].n; i2++) {
      for (uint64_t i1 = 0; i1 < f->dim[1].n; i1++) {
        int64_t at = f->base + (int64_t)i3 * f->dim[3].stride + (int64_t)i2 * f->dim[2].stride +
                     (int64_t)i1 * f->dim[1].stride;
        for (uint64_t i0 = 0; i0 < f->dim[0].n; i0++, at += f->dim[0].stride) {
          const int64_t lo = at > clip.lo ? at : clip.lo;
          const int64_t end = at + (int64_t)f->bytes;
          const int64_t hi = end < clip.hi ? end : clip.hi;
          if (lo < hi && bitmap_run(map, lo, (uint64_t)(hi - lo), walk) && walk != WALK_SET)
            return true;
        }
      }
    }
  }
  return false;
}

/* Every stride steps over all that the smaller ones reach: no two runs can meet. */
static bool nested(const struct wc_footprint *f) {
  uint64_t reach = f->bytes;
  for (unsigned k = 0; k < WC_FOOTPRINT_DIMS && f->dim[k].n > 1; k++) {
    if ((uint64_t)f->dim[k].stride < reach)
      return false;
    reach += (f->dim[k].n - 1) * (uint64_t)f->dim[k].stride;
  }
  return true;
}

enum wc_overlap wc_footprint_self(const struct wc_footprint *a) {
  if (a->bytes == 0)
    return WC_APART;
  const struct wc_footprint f = normalised(a);
  if (nested(&f))
    return WC_APART;
  const struct extent e = extent_of(&f);
  const uint64_t room = (uint64_t)(e.hi - e.lo) / f.bytes;
  uint64_t runs = 1;
  for (unsigned k = 0; k < WC_FOOTPRINT_DIMS; k++) {
    if (f.dim[k].n > room / runs)
      return WC_SHARED; /* more bytes than the extent holds */
    runs *= f.dim[k].n;
  }
  struct bitmap map;
  if (!bitmap_new(&map, e))
    return WC_OVERLAP_UNKNOWN;
  const bool shared = bitmap_walk(&map, &f, e, WALK_SET_ONCE);
  free(map.words);
  return shared ? WC_SHARED : WC_APART;
}

/* A dimension that repeats the same place adds nothing. */
static struct wc_footprint without_repeats(const struct wc_footprint *a) {
  struct wc_footprint f = *a;
  for (unsigned k = 0; k < WC_FOOTPRINT_DIMS; k++) {
    if (f.dim[k].stride == 0)
      f.dim[k].n = 1;
  }
  return normalised(&f);
}

static void drop_dim(struct wc_footprint *f, unsigned k) {
  for (; k + 1 < WC_FOOTPRINT_DIMS; k++)
    f->dim[k] = f->dim[k + 1];
  f->dim[WC_FOOTPRINT_DIMS - 1].n = 1;
  f->dim[WC_FOOTPRINT_DIMS - 1].stride = 0;
}

/* The same bytes in fewer runs. Steps of at most a run's length leave no gap: the dimension becomes
 * part of the run. A dimension that steps by a multiple of the smaller one, and no further than
 * that reaches, only makes it longer. */
static struct wc_footprint filled(struct wc_footprint f) {
  while (f.dim[0].n > 1) {
    const uint64_t step = (uint64_t)f.dim[0].stride, next = (uint64_t)f.dim[1].stride;
    if (step <= f.bytes) {
      f.bytes += (f.dim[0].n - 1) * step;
      drop_dim(&f, 0);
    } else if (f.dim[1].n > 1 && next % step == 0 && next / step <= f.dim[0].n) {
      f.dim[0].n += (f.dim[1].n - 1) * (next / step);
      drop_dim(&f, 1);
    } else {
      break;
    }
  }
  return f;
}

/* More runs than anybody can wait for, in a pattern that no compiler makes. */
static bool too_many(const struct wc_footprint *f) {
  uint64_t room = UINT64_C(1) << 26;
  for (unsigned k = 0; k < WC_FOOTPRINT_DIMS; k++)
    room /= f->dim[k].n;
  return room == 0;
}

enum wc_overlap wc_footprint_pair(const struct wc_footprint *a, const struct wc_footprint *b) {
  if (a->bytes == 0 || b->bytes == 0)
    return WC_APART;
  const struct wc_footprint fa = filled(without_repeats(a)), fb = filled(without_repeats(b));
  const struct extent ea = extent_of(&fa), eb = extent_of(&fb);
  const struct extent both = {ea.lo > eb.lo ? ea.lo : eb.lo, ea.hi < eb.hi ? ea.hi : eb.hi};
  if (both.lo >= both.hi)
    return WC_APART;
  if (fa.dim[0].n == 1 && fb.dim[0].n == 1)
    return WC_SHARED;
  struct bitmap map;
  if (too_many(&fa) || too_many(&fb) || !bitmap_new(&map, both))
    return WC_OVERLAP_UNKNOWN;
  (void)bitmap_walk(&map, &fa, both, WALK_SET);
  const bool shared = bitmap_walk(&map, &fb, both, WALK_LOOK);
  free(map.words);
  return shared ? WC_SHARED : WC_APART;
}

struct wc_footprint wc_footprint_dma(const struct wc_dma *dma, bool dram) {
  struct wc_footprint f = {
      .base = dram ? (int64_t)((uint64_t)dma->dram_hi << 32 | dma->dram_lo) : (int64_t)dma->gb,
      .bytes = dma->n0,
      .dim = {{dma->n1, dram ? dma->ds1 : dma->gs1},
              {dma->n2, dram ? dma->ds2 : dma->gs2},
              {dma->n3, dram ? dma->ds3 : dma->gs3},
              {1, 0}}};
  return f;
}

/* Image coordinates from the smallest to the largest that i*step + j*tap_step + offset reaches
 * inside [0, size). */
static struct extent image_extent(uint32_t n, int32_t step, uint32_t taps, int32_t tap_step,
                                  int32_t offset, uint32_t size) {
  const int64_t across = (int64_t)(n - 1) * step, along = (int64_t)(taps - 1) * tap_step;
  int64_t lo = offset, hi = offset;
  lo += (across < 0 ? across : 0) + (along < 0 ? along : 0);
  hi += (across > 0 ? across : 0) + (along > 0 ? along : 0) + 1;
  return (struct extent){lo > 0 ? lo : 0, hi < (int64_t)size ? hi : (int64_t)size};
}

static struct wc_footprint gemm_a(const struct wc_gemm *g) {
  const struct extent y = image_extent(g->p1, g->sy, g->q2, g->ry, g->oy, g->h);
  const struct extent x = image_extent(g->p0, g->sx, g->q1, g->rx, g->ox, g->w);
  if (y.lo >= y.hi || x.lo >= x.hi)
    return (struct wc_footprint){0, 0, {{1, 0}, {1, 0}, {1, 0}, {1, 0}}};
  return (struct wc_footprint){.base = (int64_t)g->a_base + y.lo * g->a_s1 + x.lo * g->a_s0,
                               .bytes = 2 * (uint64_t)g->q0,
                               .dim = {{(uint64_t)(x.hi - x.lo), g->a_s0},
                                       {(uint64_t)(y.hi - y.lo), g->a_s1},
                                       {g->p2, g->a_s2},
                                       {1, 0}}};
}

struct wc_footprint wc_footprint_gemm(const struct wc_gemm *g, char operand) {
  const uint32_t position[] = {g->p0, g->p1, g->p2}, tap[] = {g->q0, g->q1, g->q2};
  const uint32_t *row = g->a_trans ? tap : position, *depth = g->a_trans ? position : tap;
  switch (operand) {
    case 'A':
      return gemm_a(g);
    case 'B':
      return (struct wc_footprint){
          g->b_base,
          2,
          {{g->n, g->b_sn}, {depth[0], g->b_s0}, {depth[1], g->b_s1}, {depth[2], g->b_s2}}};
    case 'P':
      return (struct wc_footprint){
          g->p_base,
          g->preload ? 4 * (uint64_t)g->n : 0,
          {{row[0], g->p_s0}, {row[1], g->p_s1}, {row[2], g->p_s2}, {1, 0}}};
    default:
      return (struct wc_footprint){
          g->c_base,
          (g->c_fp32 ? 4 : 2) * (uint64_t)g->n,
          {{row[0], g->c_s0}, {row[1], g->c_s1}, {row[2], g->c_s2}, {1, 0}}};
  }
}

struct wc_footprint wc_footprint_stream(const struct wc_vec *vec, const struct wc_stream *stream,
                                        bool output) {
  const bool reduced = output && stream->reduce != 0;
  const bool bits = stream->type == WC_T_BIT;
  const uint64_t element = reduced && stream->keep ? 4 : wc_type_bytes(stream->type);
  const uint64_t chains = stream->keep && stream->chains ? WC_CHAINS : 1;
  return (struct wc_footprint){
      .base = (int64_t)stream->base,
      .bytes = bits ? (vec->d0 + 7u) / 8u : element,
      .dim = {{bits ? 1 : vec->d0, bits ? 0 : stream->s0 * (int64_t)element},
              {reduced ? chains : vec->d1, stream->s1},
              {vec->d2, stream->s2},
              {vec->d3, stream->s3}}};
}

struct wc_footprint wc_footprint_chains(const struct wc_vec *vec, const struct wc_stream *stream) {
  struct wc_stream chains = *stream;
  chains.type = WC_T_FP32;
  chains.keep = 1;
  return wc_footprint_stream(vec, &chains, true);
}
