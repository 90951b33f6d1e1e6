// What a history shows, held against its case: a status, the reason, and what became of each assertion.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "language/history.hpp"
#include "language/script.hpp"
#include "model/catalogue.hpp"
#include "model/status.hpp"

namespace kipc {

/// A question the standard leaves open, and the answer this platform gave.
struct Answer {
  std::string question;
  std::string answer;
};

/// Verified: it was put to the test and held. Failed: the failing line carries it. Recorded: its answer was noted.
struct AssertionOutcome {
  enum class What { verified, failed, recorded, not_reached };
  std::string id;
  What what = What::not_reached;
  std::string note;  // not reached: why ("skipped: kernel_config CHECKPOINT_RESTORE is missing")
};

struct Verdict {
  Status status = Status::error;
  std::string reason;  // one line; "" only for PASS
  // Where, when there is a place: the line of the case.
  int line = 0;
  std::string pointer;   // "/script/7"
  std::string step;      // the line as the trace shows it
  std::string expected;  // "return 5" …
  std::string got;
  std::string deviation;              // of XFAIL and XPASS: the id of the known deviation
  std::vector<std::string> trace;     // the lines of the trace around it, the failing one marked with "> "
  std::vector<std::string> clauses;   // "read.pipe-eof: STATEMENT (REF)" of the failing line's assertions
  std::vector<std::string> standing;  // at a deadline: where everyone is
  std::vector<AssertionOutcome> assertions;
  std::vector<Answer> answers;
  std::vector<MeasuredCost> costs;
};

/// The reason of an ERROR that only comes of a history that another case made: the run ended at a line, and that line
/// is as it is expected.
constexpr std::string_view kNothingWrong = "the engine stopped at a line with which nothing is wrong";

/// Judges a history. Pure: touches no kernel.
Verdict judge(const Program& program, const History& history, const Catalogue& catalogue);

}  // namespace kipc
