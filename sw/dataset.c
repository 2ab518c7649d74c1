#include "dataset.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "dataset_folder.h"
#include "report.h"
#include "rng.h"

#define MAGIC_IMAGES 0x00000803u /* unsigned bytes, three dimensions */
#define MAGIC_LABELS 0x00000801u /* unsigned bytes, one dimension */
#define COUNT_LIMIT 10000000u

/* An open idx file; zlib reads plain files as they are. */
struct idx {
  char path[PATH_MAX];
  gzFile file;
};

static bool idx_open(struct idx *idx, const char *dir, const char *name, struct wc_report *why) {
  static const char *const endings[] = {".gz", ""};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    const int length = snprintf(idx->path, sizeof idx->path, "%s/%s%s", dir, name, endings[i]);
    if (length < 0 || (size_t)length >= sizeof idx->path)
      return wc_fail(why, "data directory %.60s...: name too long", dir);
    if (access(idx->path, R_OK) == 0) {
      idx->file = gzopen(idx->path, "rb");
      return idx->file != NULL || wc_fail(why, "%s: cannot be opened", idx->path);
    }
  }
  return wc_fail(why,
                 "data set: no readable %s[.gz] in %s: install dataset-fashion-mnist or give the "
                 "directory with --data",
                 name, dir);
}

/* Reads exactly @size bytes. */
static bool idx_read(struct idx *idx, void *data, size_t size, struct wc_report *why) {
  for (size_t done = 0; done < size;) {
    const size_t left = size - done;
    const unsigned piece = left < (1u << 24) ? (unsigned)left : 1u << 24;
    const int got = gzread(idx->file, (char *)data + done, piece);
    int code = Z_OK;
    const char *message = got < 0 ? gzerror(idx->file, &code) : "";
    if (got <= 0 && (got == 0 || code == Z_BUF_ERROR))
      return wc_fail(why, "%s: truncated: its contents end after %zu of %zu bytes", idx->path, done,
                     size);
    if (got < 0)
      return wc_fail(why, "%s: damaged: %s", idx->path, message);
    done += (size_t)got;
  }
  return true;
}

static bool idx_u32(struct idx *idx, uint32_t *value, struct wc_report *why) {
  uint8_t b[4];
  if (!idx_read(idx, b, sizeof b, why))
    return false;
  *value = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
  return true;
}

/* The end of the file, and of the gzip checksum. */
static bool idx_end(struct idx *idx, struct wc_report *why) {
  char extra;
  const int got = gzread(idx->file, &extra, 1);
  if (got > 0)
    return wc_fail(why, "%s: more bytes than its header says", idx->path);
  const int status = gzclose(idx->file);
  idx->file = NULL;
  return (got == 0 && status == Z_OK) ||
         wc_fail(why, "%s: truncated or damaged: its gzip checksum is missing or wrong", idx->path);
}

static bool idx_magic(struct idx *idx, uint32_t expected, uint32_t *count, struct wc_report *why) {
  uint32_t magic;
  if (!idx_u32(idx, &magic, why))
    return false;
  if (magic != expected)
    return wc_fail(why, "%s: no idx file of bytes: magic 0x%08" PRIX32 ", not 0x%08X", idx->path,
                   magic, expected);
  if (!idx_u32(idx, count, why))
    return false;
  return (*count > 0 && *count <= COUNT_LIMIT) ||
         wc_fail(why, "%s: %" PRIu32 " items make no sense", idx->path, *count);
}

static bool read_images(const char *dir, const char *name, uint32_t h, uint32_t w,
                        struct wc_dataset *set, struct wc_report *why) {
  struct idx idx = {.file = NULL};
  bool ok = idx_open(&idx, dir, name, why) && idx_magic(&idx, MAGIC_IMAGES, &set->n, why) &&
            idx_u32(&idx, &set->h, why) && idx_u32(&idx, &set->w, why);
  if (ok && (set->h != h || set->w != w))
    ok = wc_fail(
        why, "%s: images of %" PRIu32 " x %" PRIu32 ", the network takes %" PRIu32 " x %" PRIu32,
        idx.path, set->h, set->w, h, w);
  if (ok) {
    const size_t bytes = (size_t)set->n * h * w;
    set->images = malloc(bytes);
    ok = set->images != NULL ? idx_read(&idx, set->images, bytes, why) && idx_end(&idx, why)
                             : wc_fail(why, "%s: out of memory", idx.path);
  }
  if (idx.file != NULL)
    gzclose(idx.file);
  return ok;
}

static bool labels_in_range(const struct idx *idx, const struct wc_dataset *set, uint32_t classes,
                            struct wc_report *why) {
  for (uint32_t i = 0; i < set->n; i++) {
    if (set->labels[i] >= classes)
      return wc_fail(why, "%s: label %u of image %" PRIu32 " is not below %" PRIu32, idx->path,
                     set->labels[i], i, classes);
  }
  return true;
}

static bool read_labels(const char *dir, const char *name, uint32_t classes, struct wc_dataset *set,
                        struct wc_report *why) {
  struct idx idx = {.file = NULL};
  uint32_t n = 0;
  bool ok = idx_open(&idx, dir, name, why) && idx_magic(&idx, MAGIC_LABELS, &n, why);
  if (ok && n != set->n)
    ok = wc_fail(why, "%s: %" PRIu32 " labels for %" PRIu32 " images", idx.path, n, set->n);
  if (ok) {
    uint8_t *bytes = malloc(n);
    set->labels = malloc(n * sizeof *set->labels);
    ok = bytes != NULL && set->labels != NULL ? idx_read(&idx, bytes, n, why) && idx_end(&idx, why)
                                              : wc_fail(why, "%s: out of memory", idx.path);
    for (uint32_t i = 0; ok && i < n; i++)
      set->labels[i] = bytes[i];
    free(bytes);
    ok = ok && labels_in_range(&idx, set, classes, why);
  }
  if (idx.file != NULL)
    gzclose(idx.file);
  return ok;
}

bool wc_dataset_load(const char *dir, enum wc_split split, uint32_t h, uint32_t w, uint32_t classes,
                     struct wc_dataset *set, struct wc_report *why) {
  static const char *const names[][2] = {{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
                                         {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}};
  memset(set, 0, sizeof *set);
  if (read_images(dir, names[split][0], h, w, set, why) &&
      read_labels(dir, names[split][1], classes, set, why))
    return true;
  wc_dataset_free(set);
  return false;
}

bool wc_dataset_random(uint32_t n, uint32_t h, uint32_t w, uint32_t classes, uint64_t seed,
                       struct wc_dataset *set, struct wc_report *why) {
  *set = (struct wc_dataset){.n = n, .h = h, .w = w, .seed = seed};
  set->labels = malloc(n * sizeof *set->labels);
  if (set->labels == NULL)
    return wc_fail(why, "out of memory for %" PRIu32 " images", n);
  for (uint32_t i = 0; i < n; i++)
    set->labels[i] = (uint16_t)wc_rng_below(wc_rng(seed, WC_RNG_LABELS, i), classes);
  return true;
}

bool wc_dataset_image(const struct wc_dataset *set, const struct wc_sample *place, uint8_t *dst,
                      uint32_t *used, struct wc_report *why) {
  const size_t pixels = (size_t)set->h * set->w, first = place->index * pixels;
  *used = place->index;
  if (set->folder != NULL)
    return wc_folder_image(set, place, dst, used, why);
  if (set->images != NULL) {
    memcpy(dst, set->images + first, pixels);
    return true;
  }
  for (size_t i = 0; i < pixels; i++)
    dst[i] = (uint8_t)wc_rng(set->seed, WC_RNG_IMAGES, first + i);
  return true;
}

void wc_dataset_on_warning(struct wc_dataset *set, wc_dataset_warn_fn warn, void *arg) {
  if (set->folder == NULL)
    return;
  set->folder->warn = warn;
  set->folder->warn_arg = arg;
}

uint32_t wc_dataset_skipped(const struct wc_dataset *set) {
  if (set->folder == NULL)
    return 0;
  pthread_mutex_lock(&set->folder->lock);
  const uint32_t skipped = set->folder->skipped;
  pthread_mutex_unlock(&set->folder->lock);
  return skipped;
}

void wc_dataset_free(struct wc_dataset *set) {
  free(set->images);
  free(set->labels);
  wc_folder_free(set->folder);
  memset(set, 0, sizeof *set);
}

void wc_dataset_shuffle(uint32_t *order, uint32_t n, uint64_t seed, uint64_t epoch) {
  for (uint32_t i = 0; i < n; i++)
    order[i] = i;
  for (uint32_t i = n; i > 1; i--) {
    const uint32_t k = wc_rng_below(wc_rng(seed, WC_RNG_ORDER + epoch, i), i);
    const uint32_t other = order[k];
    order[k] = order[i - 1];
    order[i - 1] = other;
  }
}
