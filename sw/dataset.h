/* Labelled images in the idx format of MNIST, gzipped or plain. */
#ifndef WC_DATASET_H
#define WC_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "graph.h"

/* Where Debian's dataset-fashion-mnist puts its images of WC_DATA_SIZE x WC_DATA_SIZE. */
#define WC_DATA_DIR "/usr/share/datasets/fashion-mnist"
#define WC_DATA_SIZE 28u
/* The word for random images instead of a directory. */
#define WC_DATA_RANDOM "random"

/* Of images with several channels @w counts the bytes of a row. */
struct wc_dataset {
  uint32_t n, h, w;
  uint8_t *images;  /* [n][h][w] */
  uint16_t *labels; /* [n], below classes */
};

enum wc_split { WC_SPLIT_TRAIN, WC_SPLIT_TEST };

/* Reads `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` (or `t10k-...`), with or without
 * `.gz`, from directory @dir. False with the file, what is wrong and the remedy in @why: missing,
 * truncated, not idx, numbers of images and labels that differ, images that are not @h x @w,
 * labels of @classes and above. */
bool wc_dataset_load(const char *dir, enum wc_split split, uint32_t h, uint32_t w, uint32_t classes,
                     struct wc_dataset *set, struct wc_report *why);

/* Random images and labels; a larger set begins with the smaller one. False: out of memory. */
bool wc_dataset_random(uint32_t n, uint32_t h, uint32_t w, uint32_t classes, uint64_t seed,
                       struct wc_dataset *set, struct wc_report *why);

void wc_dataset_free(struct wc_dataset *set);

/* Fills @order (n numbers) with the permutation of @epoch: Fisher-Yates from the top. */
void wc_dataset_shuffle(uint32_t *order, uint32_t n, uint64_t seed, uint64_t epoch);

#endif
