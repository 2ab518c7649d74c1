/* What the two directions of group normalisation share. Private to kernels_norm*.c. */
#ifndef WC_KERNELS_NORM_H
#define WC_KERNELS_NORM_H

#include "kernels_vec.h"

/* Address of vector @index of the scratch: [samples][c] FP32. For a sample in slabs, vectors 0 and
 * 1 are the eight chains [8][c] of a sum, whose combined result stands first. */
int64_t wc_norm_vector(const struct wc_ker *k, uint32_t c, unsigned index);

/* Walks over such a vector: c channels along d0; s1 is the distance of chains, s2 of samples. */
struct wc_strides wc_norm_by_channel(uint32_t c);

/* Walks over channels as (group, channel in it), d1 and d0; @per_sample: over samples in d2. */
struct wc_strides wc_norm_in_group(uint32_t c, uint32_t groups, bool per_sample);

/* One value a group, repeated for its channels; @pitch: distance of samples. */
struct wc_strides wc_norm_of_group(int64_t pitch);

/* 1 / number of elements of a group of one sample, in FP32. */
float wc_norm_share(const struct wc_tensor *x, uint32_t groups);

#endif
