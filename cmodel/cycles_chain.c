/* LOADs, or STOREs, in their queue: each is checked while the one before walks its runs, sends its
 * addresses as soon as that is through, and moves its data behind that one's. */
#include "later.h"
#include "wc_cycles.h"

enum {
  WALK = 8 /* from a command's first cycle to the walk of its runs, which is the check's time */
};

void wc_dma_chain_add(struct wc_dma_chain *chain, const struct wc_timing *alone, uint64_t shown,
                      uint64_t lost, struct wc_timing *placed) {
  const uint64_t before = chain->count;
  uint64_t take = shown, walk, begin, done = 0;
  *placed = *alone;
  if (before >= WC_DMA_CHAIN) /* the queue knows so many in the unit */
    take = wc_later(take, chain->done[before % WC_DMA_CHAIN] + 1);
  if (before != 0)
    take = wc_later(take, chain->walk + 1);
  walk = take + WALK;
  if (before != 0)
    walk = wc_later(walk, chain->fed);
  begin = walk + alone->begin - WALK;
  placed->fed = walk + alone->fed - WALK;
  if (before != 0 && begin < chain->end + lost) {
    /* Addresses run ahead of data by the outstanding bursts, as they do alone. */
    begin = chain->end + lost;
    if (alone->fed > alone->begin)
      placed->fed = wc_later(placed->fed, begin + alone->fed - alone->begin);
  }
  if (before != 0)
    done = chain->done[(before - 1) % WC_DMA_CHAIN] + 1;
  placed->begin = begin;
  placed->end = begin + alone->end - alone->begin;
  placed->done = wc_later(done, placed->end + alone->done - alone->end);
  chain->take = take;
  chain->walk = walk;
  chain->fed = placed->fed;
  chain->begin = placed->begin;
  chain->end = placed->end;
  chain->done[before % WC_DMA_CHAIN] = placed->done;
  chain->count++;
}
