/* Memory as LOAD, STORE and fetch see it. */
#include "cycles_dma.h"

void wc_memory_open(struct wc_memory *memory, const struct wc_memory_timing *timing) {
  memory->timing = timing;
  memory->dram = timing->dram != NULL ? wc_dram_new(timing->dram) : NULL;
  memory->origin = timing->age;
}

void wc_memory_close(struct wc_memory *memory) {
  wc_dram_delete(memory->dram);
}

uint64_t wc_memory_first(const struct wc_memory *memory, uint64_t from) {
  return memory->dram != NULL ? from - from % memory->timing->dram->access_bytes : from;
}

void wc_memory_ask(struct wc_memory *memory, uint64_t now, bool write, uint64_t to, uint64_t *asked,
                   uint64_t *due) {
  if (memory->dram == NULL) {
    *asked = to;
    *due = now + memory->timing->latency;
    return;
  }
  for (; *asked < to; *asked += memory->timing->dram->access_bytes)
    *due = wc_dram_access(memory->dram, memory->origin + now, *asked, write) - memory->origin +
           memory->timing->latency;
}
