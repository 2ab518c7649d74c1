/* Lists that grow. */
#ifndef WC_GROW_H
#define WC_GROW_H

#include <stddef.h>
#include <stdlib.h>

/* @list, of elements of @size bytes, with room for one more than @count; *@room goes with it. NULL
 * without memory: then both are as they were. */
static inline void *wc_grown(void *list, size_t count, size_t *room, size_t size) {
  if (count < *room)
    return list;
  const size_t more = *room == 0 ? 64 : 2 * *room;
  void *longer = realloc(list, more * size);
  if (longer != NULL)
    *room = more;
  return longer;
}

#endif
