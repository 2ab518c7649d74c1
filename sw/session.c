#include "session.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "size.h"

#define CLEAR_BYTES ((size_t)1 << 20)

static const char *const section_names[WC_SECTIONS] = {"STEP",    "UPDATE",  "INFER",
                                                       "TRAIN_A", "TRAIN_B", "SETTLE"};

enum wc_outcome wc_session_device(const char *uri, struct wc_device **dev, struct wc_report *why) {
  const int status = wc_open(uri, dev, why->text, sizeof why->text);
  if (status == WC_OK)
    return WC_DONE;
  return status == WC_EINVAL ? WC_BAD_INPUT : WC_DEVICE_ERROR;
}

struct wc_model_config wc_session_model(const struct wc_caps *caps) {
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.rows = caps->rows;
  config.cols = caps->cols;
  config.double_weights = caps->double_weights;
  config.fold = caps->folds;
  config.lanes = caps->lanes;
  config.acc_rows = caps->acc_rows;
  config.banks = caps->banks;
  config.line_bytes = caps->line_bytes;
  config.axi_bytes = caps->axi_bytes;
  config.outstanding = caps->outstanding;
  config.queue_depth = caps->queue_depth;
  config.gbuf_bytes = caps->gbuf_bytes;
  config.mem_bytes = caps->mem_bytes;
  return config;
}

static enum wc_outcome device_failed(const struct wc_session *s, const char *what, int status,
                                     struct wc_report *why) {
  (void)wc_fail(why, "device %s: %s: %s", s->device_name, what, wc_strerror(status));
  return WC_DEVICE_ERROR;
}

static enum wc_outcome check_fit(const struct wc_session *s, struct wc_report *why) {
  const struct wc_caps *caps = wc_caps(s->dev);
  const struct wc_program *p = s->program;
  char need[WC_SIZE_TEXT], have[WC_SIZE_TEXT];
  if (p->gbuf_bytes > caps->gbuf_bytes) {
    (void)wc_fail(why,
                  "%s was compiled for a global buffer of %s, device %s has %s: use --buffer %s",
                  p->net, wc_size_text(p->gbuf_bytes, need), s->device_name,
                  wc_size_text(caps->gbuf_bytes, have), have);
    return WC_BAD_INPUT;
  }
  if (p->cores > caps->cores) {
    (void)wc_fail(why, "%s was compiled for %" PRIu32 " cores, device %s has %u: use --cores %u",
                  p->net, p->cores, s->device_name, caps->cores, caps->cores);
    return WC_BAD_INPUT;
  }
  if (p->dram_bytes > caps->mem_bytes) {
    (void)wc_fail(
        why,
        "%s needs %s of device memory, device %s has %s: use a smaller --batch, or mem=", p->net,
        wc_size_text(p->dram_bytes, need), s->device_name, wc_size_text(caps->mem_bytes, have));
    return WC_BAD_INPUT;
  }
  return WC_DONE;
}

static int clear_memory(struct wc_session *s) {
  uint8_t *zeros = calloc(1, CLEAR_BYTES);
  if (zeros == NULL)
    return WC_ENOMEM;
  int status = WC_OK;
  for (uint64_t at = 0; at < s->program->dram_bytes && status == WC_OK; at += CLEAR_BYTES) {
    const uint64_t left = s->program->dram_bytes - at;
    status = wc_write(s->dev, at, zeros, left < CLEAR_BYTES ? (size_t)left : CLEAR_BYTES);
  }
  free(zeros);
  return status;
}

struct wc_target wc_session_target(const struct wc_caps *caps, uint64_t gbuf_bytes,
                                   uint32_t cores) {
  return (struct wc_target){.gbuf_bytes = gbuf_bytes,
                            .mem_bytes = caps->mem_bytes,
                            .device = {caps->rows, caps->cols, caps->lanes, caps->axi_bytes},
                            .cores = cores,
                            .line_bytes = caps->line_bytes,
                            .folds = caps->folds};
}

enum wc_outcome wc_session_load(struct wc_session *s, struct wc_report *why) {
  const enum wc_outcome fit = check_fit(s, why);
  if (fit != WC_DONE)
    return fit;
  wc_addr base;
  int status = wc_alloc(s->dev, s->program->dram_bytes, WC_UNIT_BYTES, &base);
  if (status != WC_OK || base != 0) {
    (void)wc_fail(why, "device %s: memory from address 0 on is in use", s->device_name);
    return WC_DEVICE_ERROR;
  }
  memset(s->in_place, 0, sizeof s->in_place);
  status = clear_memory(s);
  return status == WC_OK ? WC_DONE : device_failed(s, "clearing memory", status, why);
}

static int put_in_place(struct wc_session *s, enum wc_section_kind kind) {
  int status = WC_OK;
  for (uint32_t core = 0; core < s->program->cores && status == WC_OK && !s->in_place[kind];
       core++) {
    const struct wc_section *section = &s->program->section[kind][core];
    status = wc_write(s->dev, section->addr, section->words, section->bytes);
  }
  s->in_place[kind] = status == WC_OK;
  return status;
}

enum wc_outcome wc_session_start(struct wc_session *s, enum wc_section_kind kind,
                                 struct wc_report *why) {
  struct wc_submission streams[WC_CORES_MAX];
  for (uint32_t core = 0; core < s->program->cores; core++) {
    const struct wc_section *section = &s->program->section[kind][core];
    if (section->words == NULL) {
      (void)wc_fail(why, "%s has no section %s: compile it again", s->program->net,
                    section_names[kind]);
      return WC_BAD_INPUT;
    }
    streams[core] = (struct wc_submission){section->addr, section->bytes};
  }
  int status = put_in_place(s, kind);
  if (status == WC_OK)
    status = wc_submit_cores(s->dev, streams, s->program->cores);
  return status == WC_OK ? WC_DONE : device_failed(s, section_names[kind], status, why);
}

static void dump_state(const struct wc_session *s) {
  if (s->state_file == NULL)
    return;
  const int fd = open(s->state_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd >= 0) {
    (void)wc_dump_state(s->dev, fd);
    close(fd);
  }
}

enum wc_outcome wc_session_finish(struct wc_session *s, enum wc_section_kind kind,
                                  struct wc_report *why) {
  const int status = wc_wait(s->dev, s->timeout_ms);
  if (status == WC_OK)
    return WC_DONE;
  dump_state(s);
  if (status == WC_EDEVICE) {
    struct wc_error_info info;
    wc_last_error(s->dev, &info);
    (void)wc_fail(why,
                  "device %s: section %s stopped at command %" PRIu32 " (id %" PRIu32
                  ", core %u, unit %s): %s, address 0x%" PRIX64,
                  s->device_name, section_names[kind], info.cmd, info.id, info.core,
                  wc_unit_name(info.unit), wc_error_text(info.code), info.addr);
  } else if (status == WC_ETIMEDOUT) {
    (void)wc_fail(why,
                  "device %s: section %s gave no answer in %u s: raise --timeout, or see where it "
                  "hangs with --dump-state FILE",
                  s->device_name, section_names[kind], s->timeout_ms / 1000);
  } else {
    return device_failed(s, section_names[kind], status, why);
  }
  (void)!wc_reset(s->dev);
  return WC_DEVICE_ERROR;
}

enum wc_outcome wc_session_run(struct wc_session *s, enum wc_section_kind kind,
                               struct wc_report *why) {
  const enum wc_outcome outcome = wc_session_start(s, kind, why);
  return outcome != WC_DONE ? outcome : wc_session_finish(s, kind, why);
}

enum wc_outcome wc_session_write(struct wc_session *s, const struct wc_region *region,
                                 const void *data, size_t bytes, struct wc_report *why) {
  const int status =
      bytes > region->bytes ? WC_ERANGE : wc_write(s->dev, region->addr, data, bytes);
  return status == WC_OK ? WC_DONE : device_failed(s, region->name, status, why);
}

enum wc_outcome wc_session_read(struct wc_session *s, const struct wc_region *region, void *data,
                                size_t bytes, struct wc_report *why) {
  const int status = bytes > region->bytes ? WC_ERANGE : wc_read(s->dev, data, region->addr, bytes);
  return status == WC_OK ? WC_DONE : device_failed(s, region->name, status, why);
}

enum wc_outcome wc_session_counters(struct wc_session *s, struct wc_counters *counters,
                                    struct wc_report *why) {
  const int status = wc_counters_read(s->dev, counters);
  return status == WC_OK ? WC_DONE : device_failed(s, "counters", status, why);
}
