#include "net_build.h"

#include "wc_cmocka.h"

struct wc_graph *net_build(const char *name) {
  struct wc_report why = {""};
  struct wc_graph *g = wc_net_build(name, &why);
  if (g == NULL)
    fail_msg("%s", why.text);
  return g;
}
