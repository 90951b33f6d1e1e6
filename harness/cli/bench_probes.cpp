#include "cli/bench_probes.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/fd.hpp"
#include "engine/board.hpp"
#include "probe/marks.hpp"
#include "probe/probe.hpp"

namespace kipc::cli {
namespace {

constexpr int kBurst = 500;  // round trips

struct Pipe {
  Fd reader;
  Fd writer;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(Errno::last("pipe2").text());
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

/// Sends every byte back. 'm' and 'u' are also orders: be counted, be counted no more.
[[noreturn]] void echo(const Pipe& ask, const Pipe& reply) {
  char byte = 0;
  while (::read(ask.reader.get(), &byte, 1) == 1) {
    if (byte == 'm') mark_task(1);
    if (byte == 'u') unmark_task();
    if (::write(reply.writer.get(), &byte, 1) != 1) break;
  }
  ::_exit(0);
}

class Pair {
 public:
  static Result<Pair> start() {
    Pair pair;
    auto ask = make_pipe();
    if (!ask) return fail(ask.error().text);
    auto reply = make_pipe();
    if (!reply) return fail(reply.error().text);
    pair.ask_ = std::move(*ask);
    pair.reply_ = std::move(*reply);
    pair.child_ = ::fork();
    if (pair.child_ < 0) return fail(Errno::last("fork").text());
    if (pair.child_ == 0) {
      pair.ask_.writer = Fd();
      echo(pair.ask_, pair.reply_);
    }
    return pair;
  }
  Pair(Pair&& other) noexcept
      : ask_(std::move(other.ask_)), reply_(std::move(other.reply_)), child_(std::exchange(other.child_, -1)) {}
  Pair& operator=(Pair&&) = delete;
  ~Pair() {
    if (child_ <= 0) return;
    ask_.writer = Fd();
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  [[nodiscard]] bool trip(char byte) const {
    return ::write(ask_.writer.get(), &byte, 1) == 1 && ::read(reply_.reader.get(), &byte, 1) == 1;
  }
  /// Nanoseconds of one round trip, the mean of a burst.
  [[nodiscard]] double burst() const {
    const std::int64_t begin = monotonic_ns();
    for (int i = 0; i < kBurst; ++i)
      if (!trip('x')) return 0;
    return static_cast<double>(monotonic_ns() - begin) / kBurst;
  }

 private:
  Pair() = default;
  Pipe ask_;
  Pipe reply_;
  pid_t child_ = -1;
};

}  // namespace

Result<ProbePrice> price_of_probes(int rounds) {
  Provenances figures;
  const auto probe = Probe::start(2, figures);
  const Provenance& calls = figures[static_cast<std::size_t>(Figure::syscalls)];
  if (probe == nullptr || calls.how.empty()) return fail(calls.missing);
  const auto pair = Pair::start();
  if (!pair) return fail(pair.error().text);
  ProbePrice price;
  for (int round = -2; round < rounds; ++round) {  // the first two warm up
    const double off = pair->burst();
    if (auto attached = probe->attach({}); !attached) return fail(attached.error().text);
    const double beside = pair->burst();
    mark_task(0);
    bool there = pair->trip('m');
    const double on = pair->burst();
    there = pair->trip('u') && there;
    unmark_task();
    const Costs counted = probe->read(0);
    probe->clear(0);
    if (auto detached = probe->detach(); !detached) return fail(detached.error().text);
    if (!there || counted.of(Figure::syscalls) < 2 * kBurst) return fail("the round trips were not counted");
    if (round < 0) continue;
    price.off_ns.push_back(off);
    price.beside_ns.push_back(beside);
    price.on_ns.push_back(on);
  }
  return price;
}

}  // namespace kipc::cli
