#include "report/measure_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "base/text.hpp"

namespace kipc {
namespace {

/// Of what is called shifted, at most this share may be chance.
constexpr double kChance = 0.05;
/// Less is never a shift, however steady both were: the next start of the same program differs by as much.
constexpr double kLeastShift = 0.05;
/// Of the processors' time in other programs: more, and the times may be theirs.
constexpr std::int64_t kBusyPermille = 50;

/// What is measured: mechanism, kind, size, placement.
using Key = std::tuple<std::string, std::string, std::int64_t, std::string>;
using Results = std::map<Key, const Measured*>;

Results results_of(const MeasureReport& report) {
  Results results;
  for (const Measured& one : report.results)
    if (one.there()) results[{one.mechanism, one.kind, one.size, one.placement}] = &one;
  return results;
}

double noise_of(const Measured& before, const Measured& after) {
  return std::max(kLeastShift, before.noise() + after.noise());
}

/// The largest p that counts among all comparisons of these two measurements.
double level_of(const Results& before, const Results& after) {
  std::vector<double> p;
  for (const auto& [key, now] : after)
    if (const auto at = before.find(key); at != before.end())
      p.push_back(rank_test(at->second->samples_ns(), now->samples_ns()).p);
  return discovery_level(std::move(p), kChance);
}

CostChange change_of(const Measured& before, const Measured& after, double level) {
  CostThreshold threshold;
  threshold.p = level;
  threshold.ratio = 1 + noise_of(before, after);
  return compare_costs(before.samples_ns(), after.samples_ns(), threshold);
}

/// Why the numbers of a measurement may be those of other programs; "" when it was made at rest.
std::string why_busy(const MeasureReport& report) {
  const Conditions& c = report.conditions;
  if (c.others_permille > kBusyPermille)
    return fmt::format("while other programs took {:.1f} % of the processors' time",
                       static_cast<double>(c.others_permille) / 10);
  if (c.steal_permille > 10)
    return fmt::format("while the hypervisor took {:.1f} % of the time", static_cast<double>(c.steal_permille) / 10);
  return "";
}

std::string conditions_of(const MeasureReport& report) {
  const Conditions& c = report.conditions;
  std::vector<std::string> parts;
  if (c.others_permille >= 0)
    parts.push_back(fmt::format("other programs {:.1f} %", static_cast<double>(c.others_permille) / 10));
  if (c.steal_permille >= 0)
    parts.push_back(fmt::format("{:.1f} % stolen", static_cast<double>(c.steal_permille) / 10));
  return join(parts, ", ");
}

/// Why nothing in these measurements can accuse the platform; "" when it can.
std::string excuse_of(const std::vector<MeasureReport>& olds, const MeasureReport& after, bool alike) {
  if (!alike) return "the platforms are not alike";
  for (const MeasureReport& old : olds)
    if (const std::string busy = why_busy(old); !busy.empty()) return "OLD was measured " + busy;
  const std::string busy = why_busy(after);
  return busy.empty() ? "" : "NEW was measured " + busy;
}

struct CountedFigure {
  const char* name;
  std::optional<double> ExchangeCosts::*value;
  bool accuses;
};
constexpr CountedFigure kFigures[] = {{"system calls", &ExchangeCosts::system_calls, true},
                                      {"copies", &ExchangeCosts::copies, true},
                                      {"bytes copied", &ExchangeCosts::bytes_copied, false}};

bool is_whole(double value) { return value == std::floor(value); }

class ShiftFinder {
 public:
  ShiftFinder(const std::vector<MeasureReport>& olds, const MeasureReport& after, MeasureDiff& diff)
      : now_(results_of(after)), excuse_(excuse_of(olds, after, diff.comparable)), diff_(diff) {
    for (const MeasureReport& old : olds) {
      before_.push_back(results_of(old));
      levels_.push_back(level_of(before_.back(), now_));
    }
  }

  void run() {
    std::size_t fresh = 0;
    std::size_t few = 0;
    for (const auto& [key, now] : now_) {
      std::vector<const Measured*> before;
      for (const Results& results : before_)
        if (const auto at = results.find(key); at != results.end()) before.push_back(at->second);
      if (before.size() < before_.size()) {
        ++fresh;
        continue;
      }
      constexpr std::size_t kLeast = 8;  // of rank_test
      const bool enough = now->starts() >= kLeast && std::all_of(before.begin(), before.end(), [](const Measured* one) {
                            return one->starts() >= kLeast;
                          });
      enough ? time(*now, before) : static_cast<void>(++few);
      counts(*now, before);
    }
    std::size_t gone = 0;
    for (const auto& [key, old] : before_.back()) gone += now_.count(key) == 0 ? 1 : 0;
    if (fresh > 0) diff_.not_compared.push_back(fmt::format("{} in NEW, not measured in each OLD", fresh));
    if (gone > 0) diff_.not_compared.push_back(fmt::format("{} in OLD, not measured in NEW", gone));
    if (few > 0) diff_.not_compared.push_back(fmt::format("{} of fewer than 8 starts: measure longer", few));
    if (varying_ > 0)
      diff_.not_compared.push_back(
          fmt::format("{} that differ from one exchange to the next", count_of(varying_, "counted cost")));
    put_worst_first(diff_.shifts);
  }

 private:
  static Shift shift_of(const Measured& now) {
    Shift shift;
    shift.mechanism = now.mechanism;
    shift.kind = now.kind;
    shift.size = now.size;
    return shift;
  }

  void time(const Measured& now, const std::vector<const Measured*>& before) {
    Shift shift = shift_of(now);
    shift.change = change_of(*before[0], now, levels_[0]);
    for (std::size_t i = 1; i < before.size(); ++i)
      if (change_of(*before[i], now, levels_[i]) != shift.change) shift.change = CostChange::same;
    if (shift.change == CostChange::same) {
      ++diff_.same;
      return;
    }
    shift.placement = now.placement;
    shift.before = before.back()->typical_ns();
    shift.after = now.typical_ns();
    shift.test = rank_test(before.back()->samples_ns(), now.samples_ns());
    shift.noise = noise_of(*before.back(), now);
    if (shift.change == CostChange::costlier) shift.excuse = excuse_;
    diff_.shifts.push_back(std::move(shift));
  }

  /// Only what every exchange costs alike: a mean that is no whole number depends on how the two met.
  void counts(const Measured& now, const std::vector<const Measured*>& before) {
    if (!counted_.insert({now.mechanism, now.kind, now.size}).second) return;
    for (const CountedFigure& figure : kFigures) {
      const std::optional<double>& is = now.costs.*figure.value;
      bool same_means = is.has_value();
      bool exact = is && is_whole(*is);
      bool more = true;
      bool less = true;
      for (const Measured* old : before) {
        const std::optional<double>& was = old->costs.*figure.value;
        same_means = same_means && was && old->costs.source == now.costs.source;
        exact = exact && was && is_whole(*was);
        more = more && was && is && *is > *was;
        less = less && was && is && *is < *was;
      }
      if (!same_means) continue;
      if (!exact) ++varying_;
      if (!exact || (!more && !less)) continue;
      Shift shift = shift_of(now);
      shift.change = more ? CostChange::costlier : CostChange::cheaper;
      shift.figure = figure.name;
      const double was = *(before.back()->costs.*figure.value);
      shift.before = MedianInterval{was, was, was, 1};
      shift.after = MedianInterval{*is, *is, *is, 1};
      if (more && !figure.accuses)
        shift.excuse = "bytes alone accuse nobody";
      else if (more && !diff_.comparable)
        shift.excuse = "the platforms are not alike";
      diff_.shifts.push_back(std::move(shift));
    }
  }

  Results now_;
  std::vector<Results> before_;
  std::vector<double> levels_;
  std::string excuse_;
  std::set<std::tuple<std::string, std::string, std::int64_t>> counted_;
  std::size_t varying_ = 0;
  MeasureDiff& diff_;
};

}  // namespace

std::size_t MeasureDiff::count(CostChange change) const { return count_changes(shifts, change); }
std::size_t MeasureDiff::regressions() const { return count_regressions(shifts); }

Report platform_report(const MeasureReport& measured) {
  Report report;
  report.kipc_version = measured.kipc_version;
  report.started = measured.started;
  report.platform = measured.platform;
  return report;
}

MeasureDiff diff_measurements(const std::vector<MeasureReport>& olds, const MeasureReport& after) {
  MeasureDiff diff;
  const Report before = platform_report(olds.back());
  const Report now = platform_report(after);
  diff.differences = platform_differences(before, now);
  diff.comparable = comparable(diff.differences);
  diff.before_platform = platform_line(before);
  diff.after_platform = platform_line(now);
  diff.before_conditions = conditions_of(olds.back());
  diff.after_conditions = conditions_of(after);
  diff.olds = olds.size();
  ShiftFinder(olds, after, diff).run();
  return diff;
}

void confirm(MeasureDiff& diff, const std::vector<MeasureReport>& olds, const MeasureReport& again) {
  const MeasureDiff second = diff_measurements(olds, again);
  for (Shift& shift : diff.shifts) {
    if (!shift.regressed() || !shift.figure.empty()) continue;
    const Measured* now = again.find(shift.mechanism, shift.kind, shift.placement, shift.size);
    if (now == nullptr || !now->there() || now->size != shift.size) {
      shift.note = "it could not be measured again here";
      continue;
    }
    const bool came = std::any_of(second.shifts.begin(), second.shifts.end(), [&](const Shift& one) {
      return one.change == CostChange::costlier && one.figure.empty() && one.mechanism == shift.mechanism &&
             one.kind == shift.kind && one.size == shift.size && one.placement == shift.placement;
    });
    shift.note = fmt::format("measured again here: {}", time_text(now->typical_ns().median));
    if (!came) shift.excuse = "it did not come again";
  }
}

}  // namespace kipc
