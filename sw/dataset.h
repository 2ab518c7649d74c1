/* Labelled images: idx files of MNIST's format, folders of JPEG files, or random ones. */
#ifndef WC_DATASET_H
#define WC_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "graph.h"

/* Where Debian's dataset-fashion-mnist puts its images of WC_DATA_SIZE x WC_DATA_SIZE. */
#define WC_DATA_DIR "/usr/share/datasets/fashion-mnist"
#define WC_DATA_SIZE 28u
/* The words for random images instead of a directory: by the run's seed, or by one of their own. */
#define WC_DATA_RANDOM "random"
#define WC_DATA_SYNTHETIC "synthetic:"

struct wc_folder;

/* Of images with several channels @w counts the bytes of a row. */
struct wc_dataset {
  uint32_t n, h, w;
  uint16_t *labels;         /* [n], below classes */
  uint8_t *images;          /* [n][h][w] of idx files; else NULL */
  struct wc_folder *folder; /* JPEG files, or NULL */
  uint64_t seed;            /* of random images, which are made when they are asked for */
};

/* Called for each file that is skipped, once, from any thread but never from two at once. */
typedef void (*wc_dataset_warn_fn)(void *arg, const char *text);

/* Which image, and where it is used: random crops depend on nothing else. */
struct wc_sample {
  uint32_t index; /* of the image */
  bool random;    /* cropped and mirrored at random, as for training */
  uint64_t seed, epoch;
  uint32_t position; /* in the epoch */
};

enum wc_split { WC_SPLIT_TRAIN, WC_SPLIT_TEST };

/* Reads `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` (or `t10k-...`), with or without
 * `.gz`, from directory @dir. False with the file, what is wrong and the remedy in @why: missing,
 * truncated, not idx, numbers of images and labels that differ, images that are not @h x @w,
 * labels of @classes and above. */
bool wc_dataset_load(const char *dir, enum wc_split split, uint32_t h, uint32_t w, uint32_t classes,
                     struct wc_dataset *set, struct wc_report *why);

/* Random images and labels; a larger set begins with the smaller one. Pixels take no memory.
 * False: out of memory. */
bool wc_dataset_random(uint32_t n, uint32_t h, uint32_t w, uint32_t classes, uint64_t seed,
                       struct wc_dataset *set, struct wc_report *why);

/* The pixels of an image, [h][w] at @dst. *@used: whose pixels they are and whose label belongs to
 * them; another than was asked for when its file is corrupt, then the next good one in the order of
 * files. Threads may call it at once. False: a file that cannot be read, or no good one. */
bool wc_dataset_image(const struct wc_dataset *set, const struct wc_sample *place, uint8_t *dst,
                      uint32_t *used, struct wc_report *why);

/* Who hears of skipped files; how many there were so far. */
void wc_dataset_on_warning(struct wc_dataset *set, wc_dataset_warn_fn warn, void *arg);
uint32_t wc_dataset_skipped(const struct wc_dataset *set);

void wc_dataset_free(struct wc_dataset *set);

/* Fills @order (n numbers) with the permutation of @epoch: Fisher-Yates from the top. */
void wc_dataset_shuffle(uint32_t *order, uint32_t n, uint64_t seed, uint64_t epoch);

#endif
