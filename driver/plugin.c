/* Devices in shared objects: lib/wcdev_<kind>_<name>.so.
 *
 * Searched in the directories of $WAVECORE_PLUGINS (separated by colons), then in `lib` beside the
 * running program and in `lib` beside its directory. A plug-in stays loaded until the program
 * ends, because simulators leave threads and static objects behind. */
#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices.h"
#include "internal.h"

#define PREFIX "wcdev_"
#define SUFFIX ".so"

/* Directory @index of the search; false past the last. */
static bool search_dir(unsigned index, char dir[PATH_MAX]) {
  const char *list = getenv("WAVECORE_PLUGINS");
  while (list != NULL && *list != '\0') {
    const size_t length = strcspn(list, ":");
    if (length > 0 && index-- == 0) {
      snprintf(dir, PATH_MAX, "%.*s", (int)length, list);
      return true;
    }
    list += length + (list[length] == ':' ? 1 : 0);
  }
  if (index > 1)
    return false;
  const char *const below = index == 0 ? "/lib" : "/../lib";
  const ssize_t length = readlink("/proc/self/exe", dir, PATH_MAX - 16);
  if (length <= 0)
    return false;
  dir[length] = '\0';
  char *slash = strrchr(dir, '/');
  if (slash == NULL)
    return false;
  strcpy(slash, below);
  return true;
}

/* Finds the file of @uri; false when no directory has it. */
static bool find_file(const struct wc_uri *uri, char path[PATH_MAX]) {
  char dir[PATH_MAX];
  for (unsigned i = 0; search_dir(i, dir); i++) {
    const int length =
        snprintf(path, PATH_MAX, "%s/" PREFIX "%s_%s" SUFFIX, dir, uri->kind, uri->name);
    if (length > 0 && length < PATH_MAX && access(path, R_OK) == 0)
      return true;
  }
  return false;
}

static void explain_missing(const struct wc_uri *uri, char *why, size_t why_size) {
  if (strcmp(uri->kind, "sim") == 0 || strcmp(uri->kind, "systemc") == 0) {
    wc_explain(why, why_size,
               "device '%s:%s': plug-in " PREFIX "%s_%s" SUFFIX
               " not found in lib beside the program or in $WAVECORE_PLUGINS: run `make sim`",
               uri->kind, uri->name, uri->kind, uri->name);
    return;
  }
  wc_explain(why, why_size,
             "device '%s:%s': unknown kind '%s'; there are cmodel, uart, sim, systemc and plug-ins "
             "named " PREFIX "KIND_NAME" SUFFIX,
             uri->kind, uri->name, uri->kind);
}

int wc_plugin_load(const struct wc_uri *uri, const struct wc_backend **backend, char *why,
                   size_t why_size) {
  char path[PATH_MAX];
  if (!find_file(uri, path)) {
    explain_missing(uri, why, why_size);
    return WC_ENODEV;
  }
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == NULL) {
    wc_explain(why, why_size, "plug-in %s: %s", path, dlerror());
    return WC_ENODEV;
  }
  wc_backend_entry_fn entry;
  *(void **)&entry = dlsym(handle, WC_BACKEND_SYMBOL);
  if (entry == NULL) {
    wc_explain(why, why_size, "plug-in %s: no symbol " WC_BACKEND_SYMBOL ": not a device", path);
    return WC_ENODEV;
  }
  const struct wc_backend *found = entry();
  if (found == NULL || found->abi != WC_BACKEND_ABI) {
    wc_explain(why, why_size,
               "plug-in %s has interface %u, this driver %d: rebuild with `make sim`", path,
               found == NULL ? 0 : found->abi, WC_BACKEND_ABI);
    return WC_EVERSION;
  }
  *backend = found;
  return WC_OK;
}

/* `wcdev_sim_small.so` -> `sim:small`; false for other files. */
static bool file_to_uri(const char *file, char uri[NAME_MAX]) {
  const size_t length = strlen(file), prefix = strlen(PREFIX), suffix = strlen(SUFFIX);
  if (length <= prefix + suffix || length - prefix >= NAME_MAX ||
      strncmp(file, PREFIX, prefix) != 0 || strcmp(file + length - suffix, SUFFIX) != 0)
    return false;
  snprintf(uri, NAME_MAX, "%.*s", (int)(length - prefix - suffix), file + prefix);
  char *underscore = strchr(uri, '_');
  if (underscore == NULL)
    return false;
  *underscore = ':';
  return true;
}

void wc_device_list(wc_device_list_fn fn, void *arg) {
  fn(arg, "cmodel:", "built in");
  char dir[PATH_MAX];
  for (unsigned i = 0; search_dir(i, dir); i++) {
    struct dirent **entries;
    const int count = scandir(dir, &entries, NULL, alphasort);
    for (int k = 0; k < count; k++) {
      char uri[NAME_MAX], path[PATH_MAX + NAME_MAX + 2];
      if (file_to_uri(entries[k]->d_name, uri)) {
        snprintf(path, sizeof path, "%s/%s", dir, entries[k]->d_name);
        fn(arg, uri, path);
      }
      free(entries[k]);
    }
    if (count >= 0)
      free(entries);
  }
}
