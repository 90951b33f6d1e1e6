// One point of the sweep as a case of its own: the script's lines before it, what is done there, and what is owed then.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "explore/explore.hpp"
#include "explore/lines.hpp"

namespace kipc {

struct Replay {
  Point point;
  Lines prefix;                 // lines that come from the case
  Lines lines;                  // those behind them
  std::set<std::size_t> doing;  // which of these only do it: where they go otherwise, the point was not reached
  std::int64_t owed = 0;
  std::vector<std::string> unruled;  // calls of sleepers that had to be killed first, as no rule speaks of them
  std::string next;                  // the line of the script that follows, "" where it does not matter
  std::string check;                 // the case's checkers, "" for none
  bool runs_freely = false;          // see free_running.hpp
};

class ReplayMaker {
 public:
  /// `history` with snapshots, of the script without a fault.
  ReplayMaker(const Case& source, const Variant& variant, const Program& program, const History& history);

  /// Nothing where that cannot be done there.
  [[nodiscard]] std::optional<Replay> make(const Snapshot& snapshot, const Snapshot::Living& living,
                                           Manner manner) const;
  /// The case file with these lines as its script. `only_needed`: without actors that no line names.
  [[nodiscard]] std::string text_of(const Point& point, const Lines& lines, bool only_needed = false,
                                    const std::string& check = "") const;
  [[nodiscard]] const ScriptLines& script() const { return script_; }

 private:
  bool strike(const ScriptLines::Next& next, const Snapshot::Living& living, const Snapshot& snapshot, Replay& replay,
              Lines& lines, std::string& inexact) const;
  [[nodiscard]] std::string where(const Snapshot& snapshot, const Snapshot::Living& living,
                                  const ScriptLines::Next& next) const;
  bool freeze(const ScriptLines::Next& next, const Snapshot::Living& living, const Snapshot& snapshot, Lines& lines,
              std::string& inexact) const;
  static bool refuse(const ScriptLines::Next& next, Lines& lines);

  const Case& source_;
  const Node root_;
  const Program& program_;
  const History& history_;
  ScriptLines script_;
};

}  // namespace kipc
