/* Labelled JPEG files in folders, as ImageNet comes: DIR/train/CLASS/NAME.jpg, DIR/val/CLASS/... */
#ifndef WC_DATASET_FOLDER_H
#define WC_DATASET_FOLDER_H

#include <pthread.h>

#include "dataset.h"
#include "resample.h"

/* The files of one split. What is read of a file depends on nothing but the file. */
struct wc_folder {
  char **path;      /* [n], in the order of classes, then names, by bytes */
  uint8_t *corrupt; /* [n], 1: found not to be a JPEG image; guarded by lock */
  uint32_t n;
  struct wc_image_shape shape;
  pthread_mutex_t lock;
  uint32_t skipped; /* files found corrupt so far; guarded by lock */
  wc_dataset_warn_fn warn;
  void *warn_arg;
};

/* True when DIR/train is a directory, which is how such a data set is told from idx files. */
bool wc_folder_is_one(const char *dir);

/* Lists the files and their labels: the number of the class among the names under DIR/train, by
 * bytes. False, with @why: no folder, one without JPEG files, more than @classes of them, one of
 * DIR/val that DIR/train lacks, a file that cannot be read. */
bool wc_folder_load(const char *dir, enum wc_split split, const struct wc_image_shape *shape,
                    uint32_t classes, struct wc_dataset *set, struct wc_report *why);
void wc_folder_free(struct wc_folder *folder);

/* wc_dataset_image for such a set. */
bool wc_folder_image(const struct wc_dataset *set, const struct wc_sample *place, uint8_t *dst,
                     uint32_t *used, struct wc_report *why);

#endif
