#include "well_formed.h"

#include <string.h>

static bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/* Name, then attributes with values in quotes; returns behind `>` or `/>`, NULL when not so. */
static const char *skip_tag(const char *at, bool *empty) {
  while (is_name(*at))
    at++;
  while (*at == ' ') {
    at++;
    const char *name = at;
    while (is_name(*at))
      at++;
    if (at == name || at[0] != '=' || at[1] != '"')
      return NULL;
    at = strpbrk(at + 2, "\"<&");
    if (at == NULL || *at++ != '"')
      return NULL;
  }
  *empty = *at == '/';
  at += *empty ? 1 : 0;
  return *at == '>' ? at + 1 : NULL;
}

bool well_formed(const char *text) {
  enum { DEPTH = 8 };
  const char *open[DEPTH];
  unsigned depth = 0, roots = 0;
  for (const char *at = text; *at != '\0';) {
    bool empty;
    if (*at == '<' && at[1] == '/') {
      size_t name = 0;
      while (is_name(at[2 + name]))
        name++;
      if (depth == 0 || strncmp(open[--depth], at + 2, name) != 0 || is_name(open[depth][name]) ||
          at[2 + name] != '>')
        return false;
      at += name + 3;
    } else if (*at == '<') {
      roots += depth == 0;
      if (depth == DEPTH)
        return false;
      open[depth] = at + 1;
      at = skip_tag(at + 1, &empty);
      if (at == NULL)
        return false;
      depth += empty ? 0 : 1;
    } else if (*at == '&') {
      if (strncmp(at, "&lt;", 4) != 0 && strncmp(at, "&gt;", 4) != 0 &&
          strncmp(at, "&amp;", 5) != 0 && strncmp(at, "&quot;", 6) != 0)
        return false;
      at++;
    } else if (*at == '>' || (depth == 0 && *at != '\n')) {
      return false;
    } else {
      at++;
    }
  }
  return depth == 0 && roots == 1;
}
