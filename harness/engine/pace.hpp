// How the conductor waits between two looks: it yields a few times, then sleeps on the bell with a growing bound. It
// only paces; no judgement rests on how long anything took. Measured: same core, 4 us a step; spinning costs 10 times
// that.
#pragma once

#include <sched.h>

#include <algorithm>

#include "engine/injector.hpp"

namespace kipc {

class Pace {
 public:
  Pace(const Board& board, std::int64_t deadline_ns, Injector& injector)
      : header_(board.header()), deadline_ns_(deadline_ns), injector_(injector), heard_(board.header().bell.load()) {}

  /// Between two looks. False when the deadline is over.
  bool wait() {
    if (injector_.active()) {
      injector_.serve();
      bound_ns_ = 20'000;  // calls that wait for an answer do not ring the bell
    }
    if (++looks_ <= kYields) {
      ::sched_yield();
      return true;
    }
    header_.conductor_sleeping.store(1);
    const std::uint32_t bell = header_.bell.load();
    if (bell == heard_)
      futex_wait(header_.bell, bell, bound_ns_);
    else if (looks_ > 64)
      ::sched_yield();
    heard_ = header_.bell.load();
    header_.conductor_sleeping.store(0);
    bound_ns_ = std::min<std::int64_t>(bound_ns_ * 2, 1'000'000);
    return monotonic_ns() < deadline_ns_;
  }
  [[nodiscard]] bool past_yields() const { return looks_ > kYields; }
  /// True after many looks: what is about to be called a failure has been looked at again and again.
  [[nodiscard]] bool patient() const { return looks_ > kPatience; }

 private:
  static constexpr int kYields = 4;
  static constexpr int kPatience = 40;
  BoardHeader& header_;
  std::int64_t deadline_ns_;
  Injector& injector_;
  std::uint32_t heard_;
  std::int64_t bound_ns_ = 20'000;
  int looks_ = 0;
};

}  // namespace kipc
