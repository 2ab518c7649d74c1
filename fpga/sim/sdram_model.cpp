#include "sdram_model.h"

#include <cstdio>

namespace wcfpga {

SdramModel::SdramModel(const SdramTiming &timing, const SdramFaults &faults)
    : t_(timing), faults_(faults) {
  const size_t words = size_t{4} << (t_.row_bits + t_.col_bits);
  cells_.resize(words);
  known_.resize(words);
  restored_.resize(size_t{4} << t_.row_bits);
}

void SdramModel::breach(uint64_t ps, const char *what) {
  if (torn_)
    return;
  char line[160];
  snprintf(line, sizeof line, "%.1f ns: %s", static_cast<double>(ps) / 1000, what);
  if (violation_count_++ < 100)
    violations_.push_back(line);
}

uint16_t SdramModel::poison() {
  random_ = random_ * 1664525u + 1013904223u;
  return static_cast<uint16_t>(random_ >> 8) | 1;
}

size_t SdramModel::place(unsigned bank, uint32_t row, uint32_t col) const {
  size_t at = ((static_cast<size_t>(row) << 2 | bank) << t_.col_bits) | col;
  if (faults_.alias_bit > 0)
    at &= ~(size_t{1} << (faults_.alias_bit - 1));
  return at;
}

void SdramModel::activate(uint64_t ps, unsigned bank, uint32_t row) {
  Bank &b = banks_[bank];
  if (latency_ == 0)
    breach(ps, "ACTIVE before the mode register is set");
  if (b.open)
    breach(ps, "ACTIVE on a bank that has a row open");
  if (b.active_once && ps - b.active < t_.rc)
    breach(ps, "tRC: ACTIVE too soon after ACTIVE");
  if (ps - b.precharged < t_.rp)
    breach(ps, "tRP: ACTIVE too soon after PRECHARGE");
  if (refreshes_ != 0 && ps - refreshed_ < t_.rfc)
    breach(ps, "tRFC: ACTIVE too soon after REFRESH");
  if (cycle_ - mode_at_ < t_.mrd_cycles)
    breach(ps, "tMRD: ACTIVE too soon after MODE");
  if (ps - refreshed_ > 9 * 7812500)
    breach(ps, "refresh interval: ACTIVE more than nine refreshes late");
  b.open = true;
  b.active_once = true;
  b.written = false;
  b.row = row & ((1u << t_.row_bits) - 1);
  b.active = ps;
  // Opening a row restores it, if there is anything left to restore.
  uint64_t &restored = restored_[static_cast<size_t>(b.row) << 2 | bank];
  if (ps - restored > t_.retention) {
    for (size_t col = 0; col < size_t{1} << t_.col_bits; col++)
      known_[place(bank, b.row, static_cast<uint32_t>(col))] = 0;
  }
  restored = ps;
}

void SdramModel::column(uint64_t ps, const SdramPins &pins, bool write) {
  Bank &b = banks_[pins.ba];
  if (!b.open) {
    breach(ps,
           write ? "WRITE on a bank without an open row" : "READ on a bank without an open row");
    return;
  }
  const bool early = ps - b.active < t_.rcd;
  if (early)
    breach(ps, "tRCD: READ or WRITE too soon after ACTIVE");
  if (pins.a & 1u << 10)
    breach(ps, "auto precharge is not supported here");
  const size_t at = place(pins.ba, b.row, pins.a & ((1u << t_.col_bits) - 1));
  if (!write) {
    uint16_t value = cells_[at];
    if ((known_[at] & 1) == 0)
      value = static_cast<uint16_t>((value & 0xFF00) | (poison() & 0xFF));
    if ((known_[at] & 2) == 0)
      value = static_cast<uint16_t>((value & 0xFF) | (poison() & 0xFF00));
    if (early)
      value = poison();
    pipe_[latency_ - 2] = {true, value};
    return;
  }
  if (!pins.driven)
    breach(ps, "WRITE with nobody driving the data");
  b.written = true;
  b.last_write = ps;
  for (unsigned lane = 0; lane < 2; lane++) {
    if (pins.dqm >> lane & 1)
      continue;
    const uint16_t mask = static_cast<uint16_t>(0xFF << 8 * lane);
    cells_[at] = static_cast<uint16_t>((cells_[at] & ~mask) | (pins.dq & mask));
    known_[at] = static_cast<uint8_t>(early ? known_[at] & ~(1u << lane) : known_[at] | 1u << lane);
  }
}

void SdramModel::precharge(uint64_t ps, const SdramPins &pins) {
  for (unsigned i = 0; i < 4; i++) {
    Bank &b = banks_[i];
    if ((pins.a & 1u << 10) == 0 && i != pins.ba)
      continue;
    if (b.open && ps - b.active < t_.ras)
      breach(ps, "tRAS: PRECHARGE too soon after ACTIVE");
    if (b.open && b.written && ps - b.last_write < t_.wr)
      breach(ps, "tWR: PRECHARGE too soon after WRITE");
    b.open = false;
    b.precharged = ps;
  }
  if (pins.a & 1u << 10)
    init_precharged_ = 1;
}

void SdramModel::refresh(uint64_t ps) {
  for (Bank &b : banks_) {
    if (b.open)
      breach(ps, "REFRESH with a row open");
    else if (ps - b.precharged < t_.rp)
      breach(ps, "tRP: REFRESH too soon after PRECHARGE");
    else if (b.active_once && ps - b.active < t_.rc)
      breach(ps, "tRC: REFRESH too soon after ACTIVE");
  }
  if (!init_precharged_)
    breach(ps, "initialisation: REFRESH before PRECHARGE of all banks");
  if (refreshes_ != 0 && ps - refreshed_ < t_.rfc)
    breach(ps, "tRFC: REFRESH too soon after REFRESH");
  refreshes_++;
  init_refreshes_++;
  refreshed_ = ps;
  if (faults_.deaf)
    return;
  for (unsigned i = 0; i < 4; i++) {
    uint64_t &restored = restored_[static_cast<size_t>(refresh_row_) << 2 | i];
    if (ps - restored <= t_.retention)
      restored = ps;
  }
  refresh_row_ = (refresh_row_ + 1) & ((1u << t_.row_bits) - 1);
}

void SdramModel::set_mode(uint64_t ps, const SdramPins &pins) {
  for (const Bank &b : banks_) {
    if (b.open)
      breach(ps, "MODE with a row open");
  }
  if (!init_precharged_)
    breach(ps, "initialisation: MODE before PRECHARGE of all banks");
  if (init_refreshes_ < 8)
    breach(ps, "initialisation: fewer than 8 REFRESH before MODE");
  if (refreshes_ != 0 && ps - refreshed_ < t_.rfc)
    breach(ps, "tRFC: MODE too soon after REFRESH");
  const unsigned latency = pins.a >> 4 & 7;
  if (latency != 2 && latency != 3)
    breach(ps, "CAS latency: neither 2 nor 3");
  if ((pins.a & 7) != 0)
    breach(ps, "bursts of more than one column are not supported here");
  latency_ = latency == 2 ? 2 : 3;
  mode_at_ = cycle_;
}

void SdramModel::edge(uint64_t ps, const SdramPins &pins) {
  cycle_++;
  torn_ = pins.torn;
  // Data asked for latency - 1 edges ago appear after this edge.
  driving_ = pipe_[0].valid;
  out_ = pipe_[0].value;
  if (faults_.stuck_bit >= 0)
    out_ = static_cast<uint16_t>(out_ & ~(1u << faults_.stuck_bit));
  pipe_[0] = pipe_[1];
  pipe_[1] = {};
  if (pins.driven && (was_driving_ || driving_))
    breach(ps, "bus contention: the controller drives the data while the memory does");
  was_driving_ = driving_;
  if (!pins.cke || pins.cs_n)
    return;
  const unsigned command = pins.ras_n << 2 | pins.cas_n << 1 | unsigned{pins.we_n};
  if (command == 7)
    return;
  if (ps < t_.power_up) {
    breach(ps, "initialisation: a command before 200 us have passed");
    return;
  }
  if ((command == 5 || command == 4) && latency_ == 0) {
    breach(ps, "READ or WRITE before the mode register is set");
    return;
  }
  switch (command) {
    case 3:
      return activate(ps, pins.ba, pins.a);
    case 5:
    case 4:
      return column(ps, pins, command == 4);
    case 2:
      return precharge(ps, pins);
    case 1:
      return refresh(ps);
    case 0:
      return set_mode(ps, pins);
    default:
      breach(ps, "BURST STOP, where no burst is");
  }
}

}  // namespace wcfpga
