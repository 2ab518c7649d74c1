/* wc_gbuf, wc_vec_read, wc_vec_write: who is served when, everywhere round robin. */
#include "cycles_vec.h"

enum { R0 = 1, R1 = 2, W = 4 };

static unsigned lowest(unsigned set) {
  return set & (0U - set);
}

static unsigned pick(unsigned want, unsigned behind) {
  return lowest((want & behind) != 0 ? want & behind : want);
}

/* All after the one in @one. */
static unsigned after(unsigned one) {
  return ~(one | (one - 1));
}

static unsigned serve(struct vec_banks *banks, unsigned bank, unsigned want) {
  const unsigned served = pick(want, banks->behind[bank]);
  const uint8_t behind = (uint8_t)(after(served) & (R0 | R1 | W));
  banks->behind[bank] = behind;
  banks->log[banks->serves % VEC_LOG].bank = (uint16_t)bank;
  banks->log[banks->serves++ % VEC_LOG].behind = behind;
  banks->meets += want != served;
  return served;
}

/* Ports whose request is in the same bank as that of @port, as bits, it included. */
static unsigned in_bank_of(unsigned port, const unsigned bank[3], unsigned wants) {
  unsigned want = 0;
  for (unsigned other = port; other < 3; other++)
    want |= (unsigned)(bank[other] == bank[port]) << other;
  return want & wants;
}

unsigned vec_banks_serve(struct vec_banks *banks, const struct vec_read *read,
                         const struct vec_write *write) {
  unsigned left = read->valid | (write->valid ? W : 0U), served = 0;
  const unsigned bank[] = {read->bank[0], read->bank[1], write->bank};
  for (unsigned port = 0; left != 0; port++) {
    if ((left >> port & 1) == 0)
      continue;
    const unsigned want = in_bank_of(port, bank, left);
    served |= serve(banks, bank[port], want);
    left &= ~want;
  }
  return served;
}

static void port_clock(struct vec_read *r, unsigned port, const struct vec_fetch *fetches,
                       unsigned grant, bool ready) {
  const bool valid = (r->valid >> port & 1) != 0;
  r->back[port] = r->sent[port];
  r->sent[port] = valid && ready ? r->owner[port] : 0;
  if (valid && !ready)
    return;
  r->valid &= ~(1U << port);
  if (grant == 0)
    return;
  unsigned stream = 0;
  while (grant >> stream != 1)
    stream++;
  r->valid |= 1U << port;
  r->owner[port] = grant;
  r->bank[port] = fetches[stream].to_bank;
}

unsigned vec_read_clock(struct vec_read *r, const struct vec_fetch *fetches, unsigned wants,
                        unsigned ready) {
  const unsigned busy = r->valid & ~ready;
  const unsigned able =
      wants & ~(((busy & R0) != 0 ? r->owner[0] : 0U) | ((busy & R1) != 0 ? r->owner[1] : 0U));
  const unsigned grant0 = (busy & R0) != 0 ? 0 : pick(able, r->behind);
  const unsigned grant1 = (busy & R1) != 0 ? 0 : pick(able & ~grant0, r->behind);
  const unsigned last = grant1 != 0 ? grant1 : grant0;
  if (last != 0)
    r->behind = after(last);
  port_clock(r, 0, fetches, grant0, (ready & R0) != 0);
  port_clock(r, 1, fetches, grant1, (ready & R1) != 0);
  return grant0 | grant1;
}

unsigned vec_write_grant(const struct vec_write *w, unsigned wants) {
  return w->next_valid ? 0 : pick(wants, w->behind);
}

void vec_write_clock(struct vec_write *w, unsigned grant, unsigned bank, bool ready) {
  if (grant != 0)
    w->behind = after(grant);
  if (!w->valid || ready) {
    w->bank = w->next_valid ? w->next_bank : bank;
    w->valid = grant != 0 || w->next_valid;
    w->next_valid = false;
  } else if (grant != 0) {
    w->next_bank = bank;
    w->next_valid = true;
  }
}
