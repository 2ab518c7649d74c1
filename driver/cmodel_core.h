/* The C model as a device: cores, each with registers and a thread, on one memory. Private to
 * backend_cmodel.c and cmodel_core.c. */
#ifndef WC_CMODEL_CORE_H
#define WC_CMODEL_CORE_H

#include <pthread.h>
#include <stdatomic.h>

#include "cmodel_fault.h"
#include "wavecore.h"
#include "wc_model.h"

struct wc_cmodel;

/* A thread of its own runs the streams; the registers answer meanwhile. All fields are guarded by
 * the device's lock, but for those that only the running thread or only the idle core touches. */
struct wc_cmodel_core {
  struct wc_cmodel *dev;
  struct wc_model *model;
  struct wc_model_counters counters; /* as of the end of the last stream */
  pthread_t thread;
  bool has_thread;
  bool busy, done, resetting, quit, clear_counters;
  struct wc_model_error error; /* code NONE: no error */
  uint32_t irq_enable, watchdog, stream_bytes;
  uint64_t stream, window_base, window_size;
  uint32_t held_high; /* of the counter whose low word was read last */
  /* The run's own. */
  struct wc_stop stop;
  uint64_t next_offset;
  atomic_uint fetched;
  atomic_bool abort;
};

struct wc_cmodel {
  struct wc_model_config config;
  unsigned cores;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct wc_fault fault; /* changes while all cores are idle */
  struct wc_cmodel_core core[WC_CORES_MAX];
};

/* Takes @model, which may be NULL. False: out of memory or threads; close it all the same. */
bool wc_cmodel_core_open(struct wc_cmodel_core *core, struct wc_cmodel *dev,
                         struct wc_model *model);
void wc_cmodel_core_close(struct wc_cmodel_core *core);

/* Registers, with the device's lock held. */
uint32_t wc_cmodel_core_read(struct wc_cmodel_core *core, uint32_t offset);
void wc_cmodel_core_write(struct wc_cmodel_core *core, uint32_t offset, uint32_t value);

#endif
