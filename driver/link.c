#include "link.h"

#include <string.h>
#include <zlib.h>

#include "internal.h"
#include "uart_port.h"

/* BOARD_BYTES: of a request whose data do not travel. FIRST_PROBE_MS: the longest silence, of an
 * answer that is waited for, until the board is asked where it stands. */
enum { WINDOW = 3, BOARD_BYTES = 65532, FIRST_PROBE_MS = 1000 };

struct answer {
  uint8_t number, op, expected, status;
  const uint8_t *data;
  size_t size;
};

void wc_link_init(struct wc_link *link, int fd, unsigned timeout_ms, unsigned tries) {
  memset(link, 0, sizeof *link);
  link->fd = fd;
  link->timeout_ms = timeout_ms;
  link->tries = tries;
  link->lost_step = 1;
}

static void put32(uint8_t *to, uint32_t value) {
  for (unsigned i = 0; i < 4; i++)
    to[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get32(const uint8_t *from) {
  return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
         (uint32_t)from[3] << 24;
}

/* Bytes of data in a request for @size bytes. */
static size_t data_bytes(enum wc_link_op op, size_t size) {
  if (op == WC_LINK_OP_MEM_FILL)
    return 4;
  return op == WC_LINK_OP_ECHO || op == WC_LINK_OP_MEM_WRITE || op == WC_LINK_OP_REG_WRITE ? size
                                                                                           : 0;
}

static int send_request(struct wc_link *link, uint8_t number, enum wc_link_op op, uint32_t addr,
                        const uint8_t *out, size_t size) {
  uint8_t frame[WC_FRAME_MAX], line[WC_LINE_MAX + 1];
  frame[0] = number;
  frame[1] = (uint8_t)op;
  frame[2] = (uint8_t)size;
  frame[3] = (uint8_t)(size >> 8);
  put32(frame + 4, addr);
  const size_t bytes = data_bytes(op, size);
  if (bytes > 0)
    memcpy(frame + WC_LINK_HEADER, out, bytes);
  return wc_port_send(link->fd, line, wc_frame_encode(frame, WC_LINK_HEADER + bytes, line),
                      link->timeout_ms);
}

/* Whatever was on the line is at its end. */
static int send_end(struct wc_link *link) {
  static const uint8_t end = 0;
  return wc_port_send(link->fd, &end, 1, link->timeout_ms);
}

/* Takes bytes up to the next zero byte, until @end. WC_OK with the frame's bytes in link->line. */
static int receive_line(struct wc_link *link, uint64_t end) {
  for (;;) {
    while (link->input_at < link->input_size) {
      const uint8_t byte = link->input[link->input_at++];
      if (byte == 0)
        return WC_OK;
      if (link->line_size < sizeof link->line)
        link->line[link->line_size++] = byte;
      else
        link->line_long = 1;
    }
    link->input_at = link->input_size = 0;
    const uint64_t now = wc_now_ms();
    if (now >= end)
      return WC_ETIMEDOUT;
    const int status = wc_port_receive(link->fd, link->input, sizeof link->input, &link->input_size,
                                       (unsigned)(end - now));
    if (status != WC_OK)
      return status;
  }
}

/* The next answer that is whole; @frame holds it. None before @end is WC_ETIMEDOUT, whatever else
 * comes: another bitstream may well babble without end. */
static int receive_answer(struct wc_link *link, uint64_t end, uint8_t frame[WC_FRAME_MAX],
                          struct answer *a) {
  for (;;) {
    const int status = receive_line(link, end);
    if (status != WC_OK)
      return status;
    size_t size = 0;
    const bool any = link->line_size != 0;
    const bool good = !link->line_long &&
                      wc_frame_decode(link->line, link->line_size, frame, &size) &&
                      size >= WC_LINK_ANSWER + 1;
    link->line_size = 0;
    link->line_long = 0;
    if (good) {
      link->count.answers++;
      *a = (struct answer){frame[0],        frame[1] & 0x7F,        frame[2],
                           frame[size - 1], frame + WC_LINK_ANSWER, size - WC_LINK_ANSWER - 1};
      return WC_OK;
    }
    link->count.broken += any;
  }
}

/* Silences that are waited out before asking again: each twice as long as the one before, all of
 * them no longer than the time-out. */
struct silence {
  uint64_t end, ask; /* the time-out; the end of the present silence */
  unsigned length;
};

static struct silence silence_begin(const struct wc_link *link) {
  const unsigned eighth = link->timeout_ms / 8 + 1;
  const unsigned length = eighth < FIRST_PROBE_MS ? eighth : FIRST_PROBE_MS;
  const uint64_t now = wc_now_ms();
  return (struct silence){now + link->timeout_ms, now + length, length};
}

static uint64_t silence_until(const struct silence *s) {
  return s->ask < s->end ? s->ask : s->end;
}

/* After a silence: is there time for another one? */
static bool silence_next(struct silence *s) {
  s->length *= 2;
  s->ask += s->length;
  return wc_now_ms() < s->end;
}

int wc_link_sync(struct wc_link *link) {
  uint8_t frame[WC_FRAME_MAX];
  struct answer a;
  const uint32_t nonce = (uint32_t)wc_now_ms() * 2654435761u + link->next;
  for (unsigned i = 0; i < link->tries; i++) {
    int status = WC_OK;
    struct silence silence = silence_begin(link);
    do {
      status = send_end(link);
      link->count.requests++;
      if (status == WC_OK)
        status = send_request(link, (uint8_t)nonce, WC_LINK_OP_SYNC, nonce, NULL, 0);
      while (status == WC_OK) {
        status = receive_answer(link, silence_until(&silence), frame, &a);
        if (status == WC_OK && a.op == WC_LINK_OP_SYNC && a.size == 4 && get32(a.data) == nonce) {
          link->next = (uint8_t)(nonce + 1);
          link->lost_step = 0;
          return WC_OK;
        }
      }
    } while (status == WC_ETIMEDOUT && silence_next(&silence));
    if (status != WC_ETIMEDOUT)
      return status;
  }
  return WC_ETIMEDOUT;
}

/* A transfer in frames of at most a payload, numbered from link->next on. */
struct transfer {
  enum wc_link_op op;
  uint32_t addr;
  const uint8_t *out;
  uint8_t *in;
  size_t size, chunk, frames;
  size_t answered, sent; /* frames */
  uint32_t probe;        /* link->probe when the last of them was sent */
};

static size_t frame_bytes(const struct transfer *t, size_t i) {
  const size_t at = i * t->chunk;
  return t->size - at < t->chunk ? t->size - at : t->chunk;
}

static int send_frame(struct wc_link *link, struct transfer *t) {
  const size_t i = t->sent++, at = i * t->chunk;
  const uint8_t *out = t->out == NULL || t->op == WC_LINK_OP_MEM_FILL ? t->out : t->out + at;
  t->probe = link->probe;
  link->count.requests++;
  return send_request(link, (uint8_t)(link->next + i), t->op, t->addr + (uint32_t)at, out,
                      frame_bytes(t, i));
}

/* Asks the board where it stands: by an ECHO with the number before that of the oldest request
 * without an answer, which changes nothing there. Requests are answered in turn, so when its
 * answer is here, those to requests before it are here or lost: this tells by the board's own
 * time, however slow a simulated one is. */
static int send_probe(struct wc_link *link, const struct transfer *t) {
  uint8_t nonce[4];
  put32(nonce, ++link->probe);
  link->count.probes++;
  const int status = send_end(link);
  return status != WC_OK ? status
                         : send_request(link, (uint8_t)(link->next + t->answered - 1),
                                        WC_LINK_OP_ECHO, 0, nonce, sizeof nonce);
}

/* Is it the answer to a probe that was sent after all requests? */
static bool answers_probe(const struct wc_link *link, const struct transfer *t,
                          const struct answer *a) {
  return a->op == WC_LINK_OP_ECHO && a->number == (uint8_t)(link->next + t->answered - 1) &&
         a->status == WC_LINK_ST_OK && a->size == 4 &&
         get32(a->data) - t->probe - 1 < link->probe - t->probe;
}

static int status_of(uint8_t status) {
  return status == WC_LINK_ST_TIMEOUT ? WC_ETIMEDOUT : status == WC_LINK_ST_OK ? WC_OK : WC_EIO;
}

/* Takes the answer to the oldest frame; a wrong size is as good as none. */
static int accept(struct transfer *t, const struct answer *a) {
  const size_t bytes = frame_bytes(t, t->answered), at = t->answered * t->chunk;
  const size_t want = t->op == WC_LINK_OP_MEM_CRC ? 4 : t->in != NULL ? bytes : 0;
  if (a->status == WC_LINK_ST_OK && a->size == want) {
    if (want != 0)
      memcpy(t->op == WC_LINK_OP_MEM_CRC ? t->in : t->in + at, a->data, want);
    t->answered++;
  }
  return status_of(a->status);
}

/* Receives until the oldest frame is answered, or it is clear that it will not be. Then all that
 * is not answered has to be sent again: *@again. */
static int receive_one(struct wc_link *link, struct transfer *t, bool *again) {
  uint8_t frame[WC_FRAME_MAX];
  struct answer a;
  struct silence silence = silence_begin(link);
  *again = false;
  for (;;) {
    int status = receive_answer(link, silence_until(&silence), frame, &a);
    if (status == WC_ETIMEDOUT && silence_next(&silence)) {
      status = send_probe(link, t);
      if (status == WC_OK)
        continue;
    }
    if (status != WC_OK) {
      *again = status == WC_ETIMEDOUT;
      return *again ? WC_OK : status;
    }
    if (answers_probe(link, t, &a)) {
      *again = true;
      return WC_OK;
    }
    const size_t index = (uint8_t)(a.number - (uint8_t)(link->next + t->answered));
    if (a.op != t->op || index >= t->sent - t->answered)
      continue; /* to something long past */
    if (index == 0 && a.status != WC_LINK_ST_SEQUENCE) {
      const size_t before = t->answered;
      status = accept(t, &a);
      if (status != WC_OK || t->answered != before)
        return status;
    }
    if (index + 1 == t->sent - t->answered) {
      *again = true; /* the last one under way has its answer, the oldest has not */
      return WC_OK;
    }
  }
}

static int run(struct wc_link *link, struct transfer *t) {
  unsigned failures = 0;
  while (t->answered < t->frames) {
    int status = WC_OK;
    while (status == WC_OK && t->sent < t->frames && t->sent - t->answered < WINDOW)
      status = send_frame(link, t);
    bool again = false;
    const size_t before = t->answered;
    if (status == WC_OK)
      status = receive_one(link, t, &again);
    if (status == WC_OK && again) {
      if (++failures >= link->tries)
        return WC_ETIMEDOUT;
      link->count.repeated += t->sent - t->answered;
      t->sent = t->answered;
      status = send_end(link);
    }
    if (status != WC_OK)
      return status;
    if (t->answered != before)
      failures = 0;
  }
  return WC_OK;
}

int wc_link_transfer(struct wc_link *link, enum wc_link_op op, uint32_t addr, const void *out,
                     void *in, size_t size) {
  struct transfer t = {.op = op, .addr = addr, .out = out, .in = in, .size = size};
  const bool travels = op != WC_LINK_OP_MEM_CRC && op != WC_LINK_OP_MEM_FILL;
  t.chunk = travels ? WC_LINK_MAX_PAYLOAD : BOARD_BYTES;
  t.frames = size == 0 ? 1 : (size + t.chunk - 1) / t.chunk;
  int status = link->lost_step ? wc_link_sync(link) : WC_OK;
  if (status == WC_OK)
    status = run(link, &t);
  link->next = (uint8_t)(link->next + t.frames);
  link->lost_step = status != WC_OK;
  return status;
}

int wc_link_checksum(struct wc_link *link, uint32_t addr, uint64_t size, uint32_t *crc) {
  uLong sum = crc32(0, NULL, 0);
  while (size > 0) {
    const size_t bytes = size < BOARD_BYTES ? (size_t)size : BOARD_BYTES;
    uint8_t part[4];
    const int status = wc_link_transfer(link, WC_LINK_OP_MEM_CRC, addr, NULL, part, bytes);
    if (status != WC_OK)
      return status;
    sum = crc32_combine(sum, get32(part), (z_off_t)bytes);
    addr += (uint32_t)bytes;
    size -= bytes;
  }
  *crc = (uint32_t)sum;
  return WC_OK;
}

int wc_link_read_reg(struct wc_link *link, uint32_t addr, uint32_t *value) {
  uint8_t bytes[4];
  const int status = wc_link_transfer(link, WC_LINK_OP_REG_READ, addr, NULL, bytes, 4);
  if (status == WC_OK)
    *value = get32(bytes);
  return status;
}

int wc_link_write_reg(struct wc_link *link, uint32_t addr, uint32_t value) {
  uint8_t bytes[4];
  put32(bytes, value);
  return wc_link_transfer(link, WC_LINK_OP_REG_WRITE, addr, bytes, NULL, 4);
}
