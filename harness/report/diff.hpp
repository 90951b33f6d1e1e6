// What became of each variant between earlier reports and a new one. A change accuses the platform only when the
// variant ran before, went well every time, asks the same as then, and goes wrong now.
#pragma once

#include <string>
#include <vector>

#include "report/compare.hpp"
#include "report/cost_diff.hpp"
#include "report/page.hpp"
#include "report/report.hpp"

namespace kipc {

/// The worst first. Only a regression, here or of what was counted (CostDiff), makes `kipc diff` exit 1.
enum class Change {
  regressed,     // went well in every OLD, and fails in NEW
  unconfirmed,   // a regression that did not come again when it was run again
  flaky,         // fails in some OLDs and not in others, or only in some repetitions
  changed,       // another answer, right or wrong as before; or a failure that is a known deviation now
  case_changed,  // came to another end, but the case itself asks something else now
  lost,          // told before, and not now: SKIP, MISS, ERROR
  fixed,         // failed in every OLD that ran it, and goes well in NEW
  fresh,         // in no OLD
  gone,          // in an OLD, and not in NEW, although NEW ran the whole of what it was asked for
  same,
};

struct ChangeRow {
  Change change;
  std::string_view name;     // "regressed"; of fresh: "new"
  std::string_view meaning;  // for the heading
};
const std::vector<ChangeRow>& changes();
std::string_view name_of(Change change);

/// One variant in one report: all its repetitions.
struct VariantState {
  Status status = Status::skip;  // the worst
  int runs = 0;
  int well = 0;        // how many of the runs went well …
  int failed = 0;      // … and how many were FAIL; the others tell nothing
  std::string answer;  // what it gave, in words: what was got, or what was recorded
  std::string hash;    // of the case
  const VariantReport* worst = nullptr;
};

struct DiffEntry {
  Change change = Change::same;
  std::string variant;
  std::vector<Status> before;  // in each OLD that has it, the newest last
  std::optional<Status> after;
  std::string before_answer;
  std::string after_answer;
  std::string note;                       // "fails in 3 of 20 runs", "the case changed"
  const VariantReport* report = nullptr;  // in NEW, or of gone ones in the last OLD: for file, line and reason
};

struct Diff {
  std::vector<PlatformDifference> differences;  // of the last OLD and NEW
  bool comparable = true;
  std::vector<DiffEntry> entries;  // all variants but those that are the same, by kind of change, then by name
  std::size_t same = 0;
  std::size_t still_failing = 0;  // of those that are the same
  std::size_t not_run = 0;        // in an OLD, and not chosen in NEW
  std::string before_platform;
  std::string after_platform;
  std::size_t olds = 1;
  CostDiff costs;

  [[nodiscard]] std::size_t count(Change change) const;
  [[nodiscard]] bool regressed() const { return count(Change::regressed) > 0 || costs.regressions() > 0; }
};

/// The OLDs from the oldest to the newest; at least one. They and `after` must outlive the result.
Diff make_diff(const std::vector<Report>& olds, const Report& after);

/// `ran`: the suspects, run again on this machine. A regression that did not come again is unconfirmed.
void confirm(Diff& diff, const std::vector<VariantReport>& ran);

std::string diff_to_terminal(const Diff& diff, const Page& page, bool verbose);
std::string diff_to_markdown(const Diff& diff, std::size_t limit = 60'000);
std::string diff_to_json(const Diff& diff);

}  // namespace kipc
