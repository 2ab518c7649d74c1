#include "dataset_folder.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

#define FILES_MAX 100000000u

/* Names in a directory, sorted by bytes. */
struct names {
  char **name;
  size_t n;
};

static void names_free(struct names *names) {
  for (size_t i = 0; i < names->n; i++)
    free(names->name[i]);
  free(names->name);
  *names = (struct names){NULL, 0};
}

static int by_bytes(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Makes room for one more pointer, in powers of two. */
static bool grow(char ***list, size_t n) {
  if ((n & (n - 1)) != 0)
    return true;
  char **more = realloc(*list, (n > 0 ? 2 * n : 1) * sizeof *more);
  if (more == NULL)
    return false;
  *list = more;
  return true;
}

static bool grow_labels(uint16_t **labels, size_t n) {
  if ((n & (n - 1)) != 0)
    return true;
  uint16_t *more = realloc(*labels, (n > 0 ? 2 * n : 1) * sizeof *more);
  if (more == NULL)
    return false;
  *labels = more;
  return true;
}

static bool is_directory(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_jpeg(const char *name) {
  const char *dot = strrchr(name, '.');
  return dot != NULL && (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0);
}

static bool join(char *path, const char *dir, const char *name, struct wc_report *why) {
  const int length = snprintf(path, PATH_MAX, "%s/%s", dir, name);
  return (length >= 0 && length < PATH_MAX) || wc_fail(why, "%.60s...: name too long", dir);
}

/* The subdirectories of @dir, or its JPEG files. Hidden names and other files are passed over. */
static bool list(const char *dir, bool directories, struct names *names, struct wc_report *why) {
  DIR *d = opendir(dir);
  *names = (struct names){NULL, 0};
  if (d == NULL)
    return wc_fail(why, "%s: cannot be listed: %s", dir, strerror(errno));
  bool ok = true;
  for (struct dirent *entry; ok && (entry = readdir(d)) != NULL;) {
    char path[PATH_MAX];
    if (entry->d_name[0] == '.')
      continue;
    ok = join(path, dir, entry->d_name, why);
    if (!ok || (directories ? !is_directory(path) : !is_jpeg(entry->d_name)))
      continue;
    char *copy = strdup(entry->d_name);
    ok = copy != NULL && grow(&names->name, names->n);
    if (ok)
      names->name[names->n++] = copy;
    else
      (void)wc_fail(why, "%s: out of memory", dir);
  }
  closedir(d);
  if (ok && names->n > 0)
    qsort(names->name, names->n, sizeof *names->name, by_bytes);
  if (!ok)
    names_free(names);
  return ok;
}

bool wc_folder_is_one(const char *dir) {
  char path[PATH_MAX];
  return join(path, dir, "train", NULL) && is_directory(path);
}

/* A file that is not there for us to read is an error now, not in the middle of the first epoch. */
static bool check_readable(const char *path, struct wc_report *why) {
  struct stat st;
  if (stat(path, &st) != 0 || access(path, R_OK) != 0)
    return wc_fail(why, "%s: cannot be read: %s", path, strerror(errno));
  return S_ISREG(st.st_mode) || wc_fail(why, "%s: is no file", path);
}

static bool add_file(struct wc_dataset *set, const char *path, size_t label,
                     struct wc_report *why) {
  struct wc_folder *f = set->folder;
  if (!check_readable(path, why))
    return false;
  if (f->n == FILES_MAX)
    return wc_fail(why, "%s: more than %u files", path, FILES_MAX);
  if (!grow(&f->path, f->n) || !grow_labels(&set->labels, f->n))
    return wc_fail(why, "%s: out of memory", path);
  f->path[f->n] = strdup(path);
  if (f->path[f->n] == NULL)
    return wc_fail(why, "%s: out of memory", path);
  set->labels[f->n++] = (uint16_t)label;
  return true;
}

static bool add_class(struct wc_dataset *set, const char *dir, size_t label,
                      struct wc_report *why) {
  struct names files;
  char path[PATH_MAX];
  if (!list(dir, false, &files, why))
    return false;
  bool ok =
      files.n > 0 || wc_fail(why, "%s: a class folder without JPEG files: fill or remove it", dir);
  for (size_t i = 0; ok && i < files.n; i++)
    ok = join(path, dir, files.name[i], why) && add_file(set, path, label, why);
  names_free(&files);
  return ok;
}

/* All of DIR/train or DIR/val, labels by @classes. */
static bool add_split(struct wc_dataset *set, const char *dir, const struct names *classes,
                      struct wc_report *why) {
  struct names found;
  char path[PATH_MAX];
  if (!list(dir, true, &found, why))
    return false;
  bool ok = found.n > 0 || wc_fail(why, "%s: no class folders in it", dir);
  for (size_t i = 0; ok && i < found.n; i++) {
    char **class =
        bsearch(&found.name[i], classes->name, classes->n, sizeof found.name[i], by_bytes);
    ok = join(path, dir, found.name[i], why);
    if (ok && class == NULL)
      ok = wc_fail(why, "%s: a class that the training images do not have", path);
    ok = ok && add_class(set, path, (size_t)(class - classes->name), why);
  }
  names_free(&found);
  return ok;
}

static bool load(const char *dir, enum wc_split split, uint32_t classes, struct wc_dataset *set,
                 struct wc_report *why) {
  char train[PATH_MAX], chosen[PATH_MAX];
  struct names names;
  if (!join(train, dir, "train", why) ||
      !join(chosen, dir, split == WC_SPLIT_TRAIN ? "train" : "val", why))
    return false;
  if (split == WC_SPLIT_TEST && !is_directory(chosen))
    return wc_fail(why, "%s: no such folder: put test images there, or train with --eval 0",
                   chosen);
  if (!list(train, true, &names, why))
    return false;
  bool ok = names.n <= classes || wc_fail(why,
                                          "%s: label %" PRIu32
                                          " of class folder '%s' is not below "
                                          "the network's %" PRIu32 " classes",
                                          train, classes, names.name[classes], classes);
  ok = ok && add_split(set, chosen, &names, why);
  names_free(&names);
  return ok;
}

bool wc_folder_load(const char *dir, enum wc_split split, const struct wc_image_shape *shape,
                    uint32_t classes, struct wc_dataset *set, struct wc_report *why) {
  memset(set, 0, sizeof *set);
  set->folder = calloc(1, sizeof *set->folder);
  if (set->folder == NULL)
    return wc_fail(why, "%s: out of memory", dir);
  set->folder->shape = *shape;
  pthread_mutex_init(&set->folder->lock, NULL);
  bool ok = load(dir, split, classes, set, why);
  if (ok) {
    set->n = set->folder->n;
    set->h = shape->h;
    set->w = shape->w * shape->c;
    set->folder->corrupt = calloc(set->n, 1);
    ok = set->folder->corrupt != NULL || wc_fail(why, "%s: out of memory", dir);
  }
  if (!ok)
    wc_dataset_free(set);
  return ok;
}

void wc_folder_free(struct wc_folder *folder) {
  if (folder == NULL)
    return;
  for (uint32_t i = 0; i < folder->n; i++)
    free(folder->path[i]);
  free(folder->path);
  free(folder->corrupt);
  pthread_mutex_destroy(&folder->lock);
  free(folder);
}

static void note_corrupt(struct wc_folder *f, uint32_t index, const struct wc_report *what) {
  char text[PATH_MAX + sizeof what->text + 32];
  pthread_mutex_lock(&f->lock);
  if (!f->corrupt[index]) {
    f->corrupt[index] = 1;
    f->skipped++;
    snprintf(text, sizeof text, "%s: skipped: corrupt JPEG: %s", f->path[index], what->text);
    if (f->warn != NULL)
      f->warn(f->warn_arg, text);
  }
  pthread_mutex_unlock(&f->lock);
}

static bool known_corrupt(struct wc_folder *f, uint32_t index) {
  pthread_mutex_lock(&f->lock);
  const bool corrupt = f->corrupt[index] != 0;
  pthread_mutex_unlock(&f->lock);
  return corrupt;
}

static bool place_pixels(const struct wc_folder *f, const struct wc_sample *place,
                         const struct wc_pixels *pixels, uint8_t *dst, struct wc_report *why) {
  const struct wc_draw draw = {place->seed, place->epoch, place->position};
  const struct wc_crop crop = place->random ? wc_crop_random(pixels->w, pixels->h, &draw)
                                            : wc_crop_middle(pixels->w, pixels->h);
  return wc_resample(pixels, &crop, &f->shape, dst) || wc_fail(why, "out of memory for an image");
}

bool wc_folder_image(const struct wc_dataset *set, const struct wc_sample *place, uint8_t *dst,
                     uint32_t *used, struct wc_report *why) {
  struct wc_folder *f = set->folder;
  for (uint32_t i = 0; i < f->n; i++) {
    const uint32_t index = (place->index + i) % f->n;
    struct wc_report what;
    struct wc_pixels pixels;
    if (known_corrupt(f, index))
      continue;
    switch (wc_jpeg_read(f->path[index], &pixels, &what)) {
      case WC_JPEG_CORRUPT:
        note_corrupt(f, index, &what);
        continue;
      case WC_JPEG_UNREADABLE:
        return wc_fail(why, "%s: %s", f->path[index], what.text);
      case WC_JPEG_OK:
        break;
    }
    const bool ok = place_pixels(f, place, &pixels, dst, why);
    wc_pixels_free(&pixels);
    *used = index;
    return ok;
  }
  return wc_fail(why, "%s and all %" PRIu32 " images beside it are corrupt", f->path[place->index],
                 f->n - 1);
}
