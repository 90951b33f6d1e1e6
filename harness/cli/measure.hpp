// Making a measurement: which cases, sizes and placements, in which time; used by kipc measure, claims and advise.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/library.hpp"
#include "engine/run.hpp"
#include "engine/timing.hpp"
#include "report/measure.hpp"

namespace kipc::cli {

struct MeasureWish {
  std::vector<std::string> mechanisms;  // patterns; empty: all
  std::vector<std::string> kinds;       // "round trip", "one way"; empty: both
  std::vector<std::string> placements;  // of kPlacements; empty: all
  std::vector<std::int64_t> sizes;      // bytes; empty: the usual ones of each kind
  double seconds = 60;                  // for all of it, about
  Isolation isolation = Isolation::automatic;
};

/// What will be measured. The jobs refer to the cases, so it stays where it is.
class MeasurePlan {
 public:
  /// Chooses among the cases of the folder `measure`. Fails when a wish fits nothing, with a suggestion.
  static Result<MeasurePlan> make(const Library& library, const MeasureWish& wish);

  [[nodiscard]] std::size_t size() const { return jobs_.size(); }
  /// Does it all; ^C ends it early, with what is there. `say` gets a line of progress now and then.
  MeasureReport run(const MeasureWish& wish, const std::function<void(const std::string&)>& say) const;

 private:
  /// What each exchange costs the kernel, with probes, in runs of their own: probes make calls slower, so times never
  /// come from those runs. Processes are unpinned.
  void count(const RunOptions& options, MeasureReport& report) const;

  std::deque<Case> cases_;
  std::vector<Job> jobs_;           // Job::repetition is the place in kPlacements
  std::vector<Measured> expected_;  // what each job is to be, before it is measured
};

/// "1", "64K", "1M": bytes. Fails for anything else.
Result<std::int64_t> parse_size(std::string_view text);

/// The processors for one core and for two: of those that kipc may use the last, and one that is no sibling of it.
std::vector<int> processors_to_measure_on();

/// Runs one variant here and now as `kipc measure` does; what goes wrong is in Measured::not_measured.
Measured measure_variant(const Case& source, const Variant& variant, const RunOptions& options);

}  // namespace kipc::cli
