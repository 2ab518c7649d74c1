/* A directory for one test, removed with everything in it. */
#ifndef WC_TEST_TEMP_DIR_H
#define WC_TEST_TEMP_DIR_H

#include <stdbool.h>
#include <stddef.h>

struct temp_dir {
  char path[64];
};

void temp_dir_make(struct temp_dir *dir);
void temp_dir_remove(struct temp_dir *dir);

/* Makes the directory "DIR/name". */
void temp_dir_sub(const struct temp_dir *dir, const char *name);

/* "DIR/name", valid until the next call. */
const char *temp_path(const struct temp_dir *dir, const char *name);
/* Files in the directory. */
unsigned temp_count(const struct temp_dir *dir);

/* Whole files; any failure ends the program. */
void *temp_read(const char *path, size_t *bytes);
void temp_write(const char *path, const void *data, size_t bytes);

#endif
