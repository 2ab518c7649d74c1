/* Device URIs: `kind:`, `kind:NAME`, `kind:NAME,key=value,...`, `cmodel:key=value,...`,
 * `uart:PORT,key=value,...`. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

void wc_explain(char *why, size_t why_size, const char *format, ...) {
  if (why == NULL || why_size == 0)
    return;
  va_list args;
  va_start(args, format);
  vsnprintf(why, why_size, format, args);
  va_end(args);
}

/* Copies @length characters that may appear in a file name; false for others or too many. */
static bool copy_word(char *to, size_t room, const char *from, size_t length) {
  if (length >= room)
    return false;
  for (size_t i = 0; i < length; i++) {
    if (!isalnum((unsigned char)from[i]) && from[i] != '_' && from[i] != '-')
      return false;
  }
  memcpy(to, from, length);
  to[length] = '\0';
  return true;
}

int wc_uri_parse(const char *text, struct wc_uri *uri, char *why, size_t why_size) {
  const size_t kind_length = strcspn(text, ":");
  if (kind_length == 0 || !copy_word(uri->kind, sizeof uri->kind, text, kind_length)) {
    wc_explain(why, why_size,
               "device '%s': a URI is KIND:[NAME][,KEY=VALUE...], such as cmodel: or sim:small",
               text);
    return WC_EINVAL;
  }
  const char *rest = text + kind_length + (text[kind_length] == ':' ? 1 : 0);
  uri->name[0] = '\0';
  if (strcmp(uri->kind, "cmodel") == 0 || strcmp(uri->kind, "uart") == 0) {
    uri->args = rest;
    return WC_OK;
  }
  size_t name_length = strcspn(rest, ",");
  if (memchr(rest, '=', name_length) != NULL)
    name_length = 0; /* no name, arguments follow at once */
  if (!copy_word(uri->name, sizeof uri->name, rest, name_length)) {
    wc_explain(why, why_size, "device '%s': '%.*s' is not a configuration name such as small", text,
               (int)name_length, rest);
    return WC_EINVAL;
  }
  if (name_length == 0)
    strcpy(uri->name, WC_DEFAULT_NAME);
  uri->args = rest + name_length + (rest[name_length] == ',' ? 1 : 0);
  return WC_OK;
}
