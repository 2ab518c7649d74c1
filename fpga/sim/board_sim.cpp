// The simulated board: the real top, its SDRAM at the pins, its serial line bit by bit to a pty.
//
// Prints `pty PATH` once it listens, and ends with a report on SIGTERM or SIGINT: exit status 1
// when the SDRAM's rules were broken. While neither link nor core has anything to do, time stands
// still and no processor is used. --help lists what can be broken on purpose.
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "Vboard.h"
#include "sdram_clocking.h"
#include "uart_line.h"
#include "verilated.h"

double sc_time_stamp() {
  return 0;
}

namespace {

#ifndef WC_CLOCK_MHZ
#define WC_CLOCK_MHZ 50.0
#endif
constexpr double kClocksPerBit = WC_CLOCK_MHZ / 3.0;
constexpr uint64_t kPeriodPs = static_cast<uint64_t>(1e6 / WC_CLOCK_MHZ);
constexpr unsigned kPhaseSteps = 96;   // of phase_o, in a period
constexpr unsigned kLookCycles = 200;  // between looks at the pty

wcfpga::SdramWires wires() {
  wcfpga::SdramWires w;
  w.period = kPeriodPs;
  return w;
}

volatile sig_atomic_t stop;
void on_signal(int) {
  stop = 1;
}

struct Settings {
  wcfpga::SdramFaults sdram;
  unsigned drop = 0, flip = 0, twice = 0;  // of 10,000 bytes, both ways
  unsigned seed = 1;
  bool held = false;
  uint64_t close_after = 0;  // bytes from the host; 0: never
  const char *link = nullptr;
};

class Board {
 public:
  explicit Board(const Settings &s)
      : settings_(s),
        top_(new Vboard(&context_)),
        sdram_({}, s.sdram),
        wires_(&sdram_, wires()),
        to_board_(kClocksPerBit),
        from_board_(kClocksPerBit),
        random_(s.seed * 2654435761u + 1) {}

  bool open_pty() {
    master_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0)
      return false;
    const char *name = ptsname(master_);
    slave_ = open(name, O_RDWR | O_NOCTTY);  // held, so that a closing host is no hang-up
    termios t;
    if (slave_ < 0 || tcgetattr(slave_, &t) != 0)
      return false;
    cfmakeraw(&t);
    tcsetattr(slave_, TCSANOW, &t);
    if (settings_.link != nullptr) {
      unlink(settings_.link);
      if (symlink(name, settings_.link) != 0)
        return false;
    }
    printf("pty %s\n", name);
    fflush(stdout);
    return true;
  }

  void run() {
    while (!stop) {
      for (unsigned i = 0; i < kLookCycles; i++)
        cycle();
      look();
    }
  }

  int report() const {
    const double seconds = static_cast<double>(clock()) / CLOCKS_PER_SEC;
    printf("%llu cycles, %llu refreshes, %llu breaches of the SDRAM's rules\n",
           static_cast<unsigned long long>(now_),
           static_cast<unsigned long long>(sdram_.refreshes()),
           static_cast<unsigned long long>(sdram_.violation_count()));
    printf(
        "%llu bytes from the host, %llu to it; %.0f s of a processor's time, %.0f cycles in one\n",
        static_cast<unsigned long long>(came_), static_cast<unsigned long long>(went_), seconds,
        static_cast<double>(now_) / seconds);
    for (const std::string &line : sdram_.violations())
      printf("  %s\n", line.c_str());
    fflush(stdout);
    return sdram_.violation_count() != 0;
  }

 private:
  void cycle() {
    top_->button_i = settings_.held;
    top_->rx_i = to_board_.cycle();
    top_->clk_i = 0;
    top_->eval();
    top_->clk_i = 1;
    top_->eval();
    wires_.set_phase(top_->phase_o * kPeriodPs / kPhaseSteps);
    wcfpga::SdramPins p;
    p.cke = top_->cke_o;
    p.cs_n = top_->cs_no;
    p.ras_n = top_->ras_no;
    p.cas_n = top_->cas_no;
    p.we_n = top_->we_no;
    p.ba = top_->ba_o;
    p.a = top_->a_o;
    p.dqm = top_->dqm_o;
    p.dq = top_->dq_o;
    p.driven = top_->dq_oe_o;
    top_->dq_i = wires_.cycle(now_, p);
    now_++;
    uint8_t byte;
    bool good;
    if (now_ > 1000 && from_board_.cycle(top_->tx_o, &byte, &good) && good)
      damage(byte, &out_);
  }

  uint32_t next() {
    random_ = random_ * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return static_cast<uint32_t>(random_ >> 33);
  }

  void damage(uint8_t byte, std::vector<uint8_t> *to) {
    if (settings_.drop != 0 && next() % 10000 < settings_.drop)
      return;
    if (settings_.flip != 0 && next() % 10000 < settings_.flip)
      byte ^= static_cast<uint8_t>(1u << next() % 8);
    to->push_back(byte);
    if (settings_.twice != 0 && next() % 10000 < settings_.twice)
      to->push_back(byte);
  }

  // Moves bytes between line and pty; waits for the host when there is nothing to simulate.
  void look() {
    if (master_ < 0)
      return;
    uint8_t bytes[256];
    ssize_t n = 0;
    if (to_board_.waiting() < sizeof bytes)
      n = read(master_, bytes, sizeof bytes);
    std::vector<uint8_t> in;
    for (ssize_t i = 0; i < n; i++)
      damage(bytes[i], &in);
    to_board_.send(in);
    came_ += n > 0 ? static_cast<uint64_t>(n) : 0;
    if (!out_.empty()) {
      n = write(master_, out_.data(), out_.size());
      if (n > 0) {
        out_.erase(out_.begin(), out_.begin() + n);
        went_ += static_cast<uint64_t>(n);
      }
    }
    if (settings_.close_after != 0 && came_ >= settings_.close_after) {
      close(slave_);
      close(master_);
      master_ = -1;
      stop = 1;
      return;
    }
    if (to_board_.idle() && !from_board_.busy() && !top_->active_o) {
      pollfd p = {master_, static_cast<short>(POLLIN | (out_.empty() ? 0 : POLLOUT)), 0};
      poll(&p, 1, 50);
    }
  }

  Settings settings_;
  VerilatedContext context_;
  std::unique_ptr<Vboard> top_;
  wcfpga::SdramModel sdram_;
  wcfpga::SdramClocking wires_;
  wcfpga::LineSender to_board_;
  wcfpga::LineReceiver from_board_;
  std::vector<uint8_t> out_;
  uint64_t now_ = 0, came_ = 0, went_ = 0, random_;
  int master_ = -1, slave_ = -1;
};

int usage(FILE *out) {
  fputs(
      "usage: ulx3s-sim [options]\n"
      "  --link PATH        a symbolic link to the pty\n"
      "  --drop N, --flip N, --twice N\n"
      "                     of 10,000 bytes of the line, each way, so many get lost, change in a\n"
      "                     bit, come twice\n"
      "  --seed S           of that\n"
      "  --stuck-bit N      a data bit of the SDRAM reads as 0\n"
      "  --alias-bit N      the SDRAM ignores this bit of byte addresses\n"
      "  --lost-refresh     the SDRAM does not hear its refresh commands\n"
      "  --held             the reset button is held\n"
      "  --close-after N    the port goes away after N bytes from the host\n",
      out);
  return out == stdout ? 0 : 2;
}

}  // namespace

int main(int argc, char **argv) {
  static const option longs[] = {{"link", 1, nullptr, 'l'},      {"drop", 1, nullptr, 'd'},
                                 {"flip", 1, nullptr, 'f'},      {"twice", 1, nullptr, 't'},
                                 {"seed", 1, nullptr, 's'},      {"stuck-bit", 1, nullptr, 'b'},
                                 {"alias-bit", 1, nullptr, 'a'}, {"lost-refresh", 0, nullptr, 'r'},
                                 {"held", 0, nullptr, 'h'},      {"close-after", 1, nullptr, 'c'},
                                 {"help", 0, nullptr, '?'},      {nullptr, 0, nullptr, 0}};
  Settings s;
  for (int c; (c = getopt_long(argc, argv, "", longs, nullptr)) != -1;) {
    const unsigned n = optarg != nullptr ? static_cast<unsigned>(strtoul(optarg, nullptr, 0)) : 0;
    switch (c) {
      case 'l':
        s.link = optarg;
        break;
      case 'd':
        s.drop = n;
        break;
      case 'f':
        s.flip = n;
        break;
      case 't':
        s.twice = n;
        break;
      case 's':
        s.seed = n;
        break;
      case 'b':
        s.sdram.stuck_bit = static_cast<int>(n);
        break;
      case 'a':
        s.sdram.alias_bit = static_cast<int>(n);
        break;
      case 'r':
        s.sdram.deaf = true;
        break;
      case 'h':
        s.held = true;
        break;
      case 'c':
        s.close_after = n;
        break;
      default:
        return usage(optopt == 0 ? stdout : stderr);
    }
  }
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  signal(SIGTERM, on_signal);
  signal(SIGINT, on_signal);
  signal(SIGPIPE, SIG_IGN);
  Board board(s);
  if (!board.open_pty()) {
    perror("ulx3s-sim: pty");
    return 2;
  }
  board.run();
  return board.report();
}
