#include "temp_dir.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *what, const char *path) {
  fprintf(stderr, "temp_dir: %s %s\n", what, path);
  abort();
}

void temp_dir_make(struct temp_dir *dir) {
  strcpy(dir->path, "/tmp/wavecore-test-XXXXXX");
  if (mkdtemp(dir->path) == NULL)
    die("cannot make", dir->path);
}

static unsigned walk(const struct temp_dir *dir, bool remove) {
  DIR *d = opendir(dir->path);
  unsigned count = 0;
  if (d == NULL)
    die("cannot open", dir->path);
  for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    count++;
    if (remove)
      (void)unlink(temp_path(dir, entry->d_name));
  }
  closedir(d);
  return count;
}

void temp_dir_remove(struct temp_dir *dir) {
  (void)walk(dir, true);
  (void)rmdir(dir->path);
}

unsigned temp_count(const struct temp_dir *dir) {
  return walk(dir, false);
}

const char *temp_path(const struct temp_dir *dir, const char *name) {
  static char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", dir->path, name);
  return path;
}

void *temp_read(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0)
    die("cannot read", path);
  const long size = ftell(file);
  rewind(file);
  void *data = malloc((size_t)size + 1);
  if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size)
    die("cannot read", path);
  fclose(file);
  *bytes = (size_t)size;
  return data;
}

void temp_write(const char *path, const void *data, size_t bytes) {
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(data, 1, bytes, file) != bytes || fclose(file) != 0)
    die("cannot write", path);
}
