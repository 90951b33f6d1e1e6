// Runs a point of the sweep and says what came of it.
#pragma once

#include <string>
#include <vector>

#include "explore/replay.hpp"

namespace kipc {

inline bool is_fine(Status status) {
  return status == Status::pass || status == Status::done || status == Status::xfail;
}

struct Trial {
  bool fine = false;
  bool missed = false;  // the point was not reached: the script did not come there again
  std::string reason;
  std::size_t at = 0;  // the line that went wrong, counted over prefix and lines; behind them: none of them
  std::vector<std::string> history;
  std::string text;  // the case
};

class Trials {
 public:
  Trials(RunOptions options, const Catalogue& catalogue) : options_(std::move(options)), catalogue_(catalogue) {}

  /// The script without a fault, looked at from line to line and at these places.
  Verdict watch(const Case& source, const Variant& variant, const Program& program, const std::vector<Moment>& moments,
                History& history) const;
  [[nodiscard]] Trial run(const ReplayMaker& maker, const Replay& replay, bool only_needed = false) const;

 private:
  RunOptions options_;
  const Catalogue& catalogue_;
};

}  // namespace kipc
