#include "temp_dir.h"

#include <dirent.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at) {
  (void)st;
  (void)type;
  (void)at;
  return remove(path);
}

void temp_dir_remove(struct temp_dir *dir) {
  (void)nftw(dir->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void temp_dir_sub(const struct temp_dir *dir, const char *name) {
  if (mkdir(temp_path(dir, name), 0777) != 0)
    die("cannot make", temp_path(dir, name));
}

unsigned temp_count(const struct temp_dir *dir) {
  DIR *d = opendir(dir->path);
  unsigned count = 0;
  if (d == NULL)
    die("cannot open", dir->path);
  for (struct dirent *entry; (entry = readdir(d)) != NULL;)
    count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
  closedir(d);
  return count;
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
