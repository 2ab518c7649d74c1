// Records from the core's trace port which command every cycle of every engine belongs to.
//
// Commands of a unit are taken, end their work and are done in the same order, so three counts
// tell them apart. The rule of attribution is that of wc_timeline_entry (driver/wavecore.h).
#ifndef WC_SIM_TIMELINE_H
#define WC_SIM_TIMELINE_H

#include <algorithm>
#include <cstdint>
#include <vector>

extern "C" {
#include "wavecore.h"
}

namespace wcsim {

class Timeline {
 public:
  // Notes a cycle; outputs have settled. Core has the trace port of wc_core.
  template <class Core>
  void cycle(const Core &core) {
    if (!core.trace_running_o) {
      if (running_)
        close();
      running_ = false;
      return;
    }
    if (!running_)
      std::fill(engines_, engines_ + WC_QUEUES, Engine());
    running_ = true;
    for (unsigned q = 0; q < WC_QUEUES; q++) {
      const Events now = {core.trace_state_o >> (4 * q) & 15u, (core.trace_take_o >> q & 1) != 0,
                          (core.trace_last_o >> q & 1) != 0, (core.trace_done_o >> q & 1) != 0,
                          core.trace_number_o[q]};
      note(engines_[q], now, q);
    }
    now_++;
  }

  // Of the streams that have ended.
  const std::vector<wc_timeline_entry> &entries() const {
    return entries_;
  }

 private:
  struct Events {
    unsigned state;
    bool take, last, done;
    uint32_t number;
  };
  struct Engine {
    std::vector<wc_timeline_entry> commands;  // the last one may not be taken yet
    size_t taken = 0, worked = 0, done = 0;
  };

  // States in which the unit has a command; the others tell what it waits for, or that it is idle.
  static bool works(unsigned queue, unsigned state) {
    static const unsigned states[WC_QUEUES] = {
        WC_C_LOAD_TOKEN - WC_C_LOAD_BUSY, WC_C_STORE_TOKEN - WC_C_STORE_BUSY,
        WC_C_GEMM_MEMORY - WC_C_GEMM_BUSY, WC_C_VEC_MEMORY - WC_C_VEC_BUSY};
    return state < states[queue];
  }

  wc_timeline_entry &command(Engine &engine, size_t index) {
    while (engine.commands.size() <= index) {
      wc_timeline_entry entry = {};
      entry.begin = entry.taken = entry.done = WC_NEVER;
      engine.commands.push_back(entry);
    }
    return engine.commands[index];
  }

  void note(Engine &engine, const Events &event, unsigned queue) {
    const bool ending =
        engine.worked == engine.taken && engine.done < engine.taken && works(queue, event.state);
    wc_timeline_entry &owner = command(engine, engine.worked - (ending ? 1 : 0));
    owner.state[event.state]++;
    owner.begin = std::min(owner.begin, now_);
    owner.end = now_ + 1;
    if (event.take) {
      wc_timeline_entry &entry = command(engine, engine.taken++);
      entry.number = event.number;
      entry.taken = now_;
    }
    if (event.last)
      engine.worked++;
    if (event.done && engine.done < engine.taken)
      command(engine, engine.done++).done = now_;
  }

  // The stream is at its end: what comes after a unit's last command belongs to END.
  void close() {
    uint32_t end = 0;
    for (const Engine &engine : engines_)
      if (engine.taken > 0)
        end = std::max(end, engine.commands[engine.taken - 1].number + 1);
    for (unsigned q = 0; q < WC_QUEUES; q++) {
      Engine &engine = engines_[q];
      command(engine, engine.taken).number = end;
      for (wc_timeline_entry &entry : engine.commands) {
        if (entry.begin == WC_NEVER)
          entry.begin = entry.end = now_;
        entry.queue = q;
        entry.stream = stream_;
        entries_.push_back(entry);
      }
    }
    stream_++;
  }

  Engine engines_[WC_QUEUES];
  std::vector<wc_timeline_entry> entries_;
  uint64_t now_ = 0;  // counted cycles since the start
  uint32_t stream_ = 0;
  bool running_ = false;
};

}  // namespace wcsim

#endif
