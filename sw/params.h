/* The trainable parameters of a network, on the host: FP32 masters and momenta, one after another
 * in graph order. The masters in this form are the file of --save-weights. */
#ifndef WC_PARAMS_H
#define WC_PARAMS_H

#include "session.h"

struct wc_param {
  uint32_t tensor;
  size_t elems, at;                                 /* first element in the arrays */
  bool is_weight;                                   /* has an FP16 copy beside its master */
  const struct wc_region *master, *momentum, *copy; /* copy: WEIGHT only, else NULL */
};

struct wc_params {
  struct wc_param *param;
  uint32_t n;
  size_t elems;             /* of all */
  float *master, *momentum; /* NULL while released */
};

/* Finds the regions of every parameter in @program and reserves the arrays (zeros). */
bool wc_params_new(const struct wc_graph *graph, const struct wc_program *program,
                   struct wc_params *params, struct wc_report *why);
void wc_params_free(struct wc_params *params);

/* Initial values: weights uniform in +-sqrt(6 / fan-in) (He), gamma 1, beta and bias 0; momenta
 * stay the zeros of wc_params_new. Parameter i draws from random sequence WC_RNG_WEIGHTS + i. */
void wc_params_init(const struct wc_graph *graph, struct wc_params *params, uint64_t seed);

/* Gives the arrays' memory back until the next download: while a large network trains, its
 * parameters are on the device. */
void wc_params_release(struct wc_params *params);

/* Host to device: masters, their FP16 copies, momenta. */
enum wc_outcome wc_params_upload(const struct wc_params *params, struct wc_session *session,
                                 struct wc_report *why);
/* Device to host: masters and momenta. Makes the arrays when they were released. */
enum wc_outcome wc_params_download(struct wc_params *params, struct wc_session *session,
                                   struct wc_report *why);

#endif
