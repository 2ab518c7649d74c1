/* Device memory: a sorted list of reserved blocks, first fit. */
#include <stdlib.h>

#include "internal.h"

static uint64_t round_up(uint64_t value, uint64_t align) {
  return (value + align - 1) & ~(align - 1);
}

int wc_alloc(struct wc_device *dev, size_t size, size_t align, wc_addr *addr) {
  if (size == 0 || align == 0 || (align & (align - 1)) != 0)
    return WC_EINVAL;
  const uint64_t room = dev->caps.mem_bytes;
  if (size > room || align > room)
    return WC_ENOMEM;
  uint64_t at = 0;
  struct wc_block **link = &dev->blocks;
  while (*link != NULL && at + size > (*link)->addr) {
    at = round_up((*link)->addr + (*link)->size, align);
    link = &(*link)->next;
  }
  if (at > room - size)
    return WC_ENOMEM;
  struct wc_block *block = malloc(sizeof *block);
  if (block == NULL)
    return WC_ENOMEM;
  *block = (struct wc_block){at, size, *link};
  *link = block;
  *addr = at;
  return WC_OK;
}

int wc_free(struct wc_device *dev, wc_addr addr) {
  for (struct wc_block **link = &dev->blocks; *link != NULL; link = &(*link)->next) {
    struct wc_block *block = *link;
    if (block->addr == addr) {
      *link = block->next;
      free(block);
      return WC_OK;
    }
  }
  return WC_EINVAL;
}

void wc_blocks_delete(struct wc_device *dev) {
  while (dev->blocks != NULL)
    (void)wc_free(dev, dev->blocks->addr);
}
