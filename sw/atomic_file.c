#include "atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

static bool write_all(int fd, const struct wc_chunk *chunks, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const char *data = chunks[i].data;
    for (size_t left = chunks[i].bytes; left > 0;) {
      const ssize_t written = write(fd, data, left);
      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return false;
      data += written;
      left -= (size_t)written;
    }
  }
  return true;
}

static bool write_in_place(const char *path, const struct wc_chunk *chunks, size_t n,
                           struct wc_report *why) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  bool ok = fd >= 0 && write_all(fd, chunks, n);
  const int error = errno;
  if (fd >= 0 && close(fd) != 0)
    ok = false;
  return ok || wc_fail(why, "%s: cannot be written: %s", path, strerror(error));
}

/* After the rename, so that it survives a power cut. A directory that cannot be synced is none of
 * our business: the file itself is. */
static void sync_directory(const char *path) {
  char dir[PATH_MAX];
  strncpy(dir, path, sizeof dir - 1);
  dir[sizeof dir - 1] = '\0';
  char *slash = strrchr(dir, '/');
  if (slash != NULL)
    slash[slash == dir ? 1 : 0] = '\0';
  const int fd = open(slash != NULL ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    (void)fsync(fd);
    close(fd);
  }
}

/* Opens the file beside its place, empty and for us alone. A program that was killed leaves one
 * behind, which the next takes over; one that another program writes just now is busy. -1: errno.
 */
static int open_temporary(const char *path) {
  for (int tries = 0; tries < 10; tries++) {
    struct stat ours, there;
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
      return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      close(fd);
      errno = EBUSY;
      return -1;
    }
    /* Another may have renamed it between the two calls. */
    if (fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_ino == there.st_ino &&
        ftruncate(fd, 0) == 0)
      return fd;
    close(fd);
  }
  errno = EBUSY;
  return -1;
}

bool wc_file_replace(const char *path, const struct wc_chunk *chunks, size_t n,
                     struct wc_report *why) {
  struct stat info;
  if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
    return write_in_place(path, chunks, n, why);
  char temporary[PATH_MAX];
  const int length = snprintf(temporary, sizeof temporary, "%s.part", path);
  if (length < 0 || (size_t)length >= sizeof temporary)
    return wc_fail(why, "the file name %.60s... is too long", path);
  const int fd = open_temporary(temporary);
  if (fd < 0)
    return wc_fail(why, "%s: cannot be created: %s", path, strerror(errno));
  /* Renamed while it is locked: nobody else can have it open by then. */
  const bool ok = write_all(fd, chunks, n) && fsync(fd) == 0 && rename(temporary, path) == 0;
  const int error = errno;
  if (!ok)
    (void)unlink(temporary);
  (void)close(fd); /* what it could still tell, fsync has told */
  if (!ok)
    return wc_fail(why, "%s: not written: %s; free some space or choose another place", path,
                   strerror(error));
  sync_directory(path);
  return true;
}

/* Reads up to @room bytes; the count, or -1. */
static ssize_t read_all(int fd, char *data, size_t room) {
  size_t done = 0;
  while (done < room) {
    const ssize_t got = read(fd, data + done, room - done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -1;
    if (got == 0)
      break;
    done += (size_t)got;
  }
  return (ssize_t)done;
}

bool wc_file_read(const char *path, size_t limit, void **data, size_t *bytes,
                  struct wc_report *why) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return wc_fail(why, "%s: cannot be opened: %s", path, strerror(errno));
  struct stat info;
  bool ok = false;
  char *buffer = NULL;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    (void)wc_fail(why, "%s: not a file", path);
  } else if ((uint64_t)info.st_size > limit) {
    (void)wc_fail(why, "%s: %lld bytes, more than the %zu that can be right", path,
                  (long long)info.st_size, limit);
  } else if ((buffer = malloc((size_t)info.st_size + 1)) == NULL) {
    (void)wc_fail(why, "%s: out of memory", path);
  } else {
    const ssize_t got = read_all(fd, buffer, (size_t)info.st_size);
    ok = got >= 0;
    if (ok)
      *bytes = (size_t)got;
    else
      (void)wc_fail(why, "%s: cannot be read: %s", path, strerror(errno));
  }
  close(fd);
  if (ok)
    *data = buffer;
  else
    free(buffer);
  return ok;
}
