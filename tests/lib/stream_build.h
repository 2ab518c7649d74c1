/* Command streams by hand, for tests: commands appended, END, words. Never fails: a command that
 * cannot be encoded, or a stream that is too long, ends the program. */
#ifndef WC_TEST_STREAM_BUILD_H
#define WC_TEST_STREAM_BUILD_H

#include "wavecore.h"

struct stream_build {
  uint32_t *words;
  size_t units, room; /* of 16 bytes */
};

/* Appends @cmd as it is. */
void stream_add(struct stream_build *s, struct wc_cmd *cmd);
/* One run of @bytes from DRAM to the buffer, or back. */
void stream_load(struct stream_build *s, uint64_t dram, uint32_t gb, uint32_t bytes);
void stream_store(struct stream_build *s, uint32_t gb, uint64_t dram, uint32_t bytes);
/* Sums the buffer's @n FP32 at @from, step by step, into the FP32 at @to: slow and harmless. */
void stream_vec_copy(struct stream_build *s, uint32_t from, uint32_t to, uint32_t n);
void stream_end(struct stream_build *s);

/* Marks the last command: waits for, or signals, the queues in @mask. */
void stream_wait(struct stream_build *s, uint32_t mask);
void stream_signal(struct stream_build *s, uint32_t mask);

size_t stream_bytes(const struct stream_build *s);
void stream_free(struct stream_build *s);

/* Writes the stream to @at and starts it. A wc_status. */
int stream_submit(struct stream_build *s, struct wc_device *dev, wc_addr at);
/* And waits, 30 s at most. */
int stream_run(struct stream_build *s, struct wc_device *dev, wc_addr at);

#endif
