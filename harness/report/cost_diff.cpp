#include "report/cost_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace kipc {
namespace {

/// What is the same in every run of a case on one kernel. Switches, wake-ups, faults and the runs of the kernel's copy
/// routine depend on what else runs, and on where memory happens to be.
constexpr std::array<Figure, 3> kExact = {Figure::bytes_copied, Figure::copies, Figure::syscalls};

/// A measured block: variant, hash of its case, place in the variant, what is counted, and how many of it.
using Block = std::tuple<std::string, std::string, std::size_t, std::string, std::int64_t>;
using Counted = std::map<Block, std::array<CountRange, kFigures>>;

void widen(CountRange& range, std::int64_t value, bool first) {
  range.least = first ? value : std::min(range.least, value);
  range.most = first ? value : std::max(range.most, value);
}

void add_costs(Counted& counted, const Report& report) {
  for (const VariantReport& variant : report.variants)
    for (std::size_t i = 0; i < variant.verdict.costs.size(); ++i) {
      const MeasuredCost& measured = variant.verdict.costs[i];
      const auto [at, fresh] =
          counted.try_emplace({variant.variant_id, variant.case_hash, i, measured.what, measured.per});
      for (const Figure figure : kExact)
        widen(at->second[static_cast<std::size_t>(figure)], measured.costs.of(figure), fresh);
    }
}

/// By what means every report counted the figure; "" and a reason when they did not all do so by the same.
std::string means_of(const std::vector<Report>& olds, const Report& after, Figure figure, std::string& why) {
  const auto how = [&](const Report& report) { return report.probes[static_cast<std::size_t>(figure)].how; };
  std::string now = how(after);
  for (const Report& old : olds) {
    if (how(old) == now) continue;
    const auto word = [](const std::string& means) { return means.empty() ? "not counted" : "counted by " + means; };
    why = fmt::format("{}, now {}", word(how(old)), word(now));
    return "";
  }
  return now;
}

std::string range_text(const CountRange& range, std::int64_t per) {
  const std::string least = share_text(range.least, per);
  return range.least == range.most ? least : fmt::format("{} to {}", least, share_text(range.most, per));
}

std::string_view name_of(Figure figure) { return figures()[static_cast<std::size_t>(figure)].name; }

}  // namespace

std::size_t CostDiff::count(CostChange change) const { return count_changes(entries, change); }
std::size_t CostDiff::regressions() const { return count_regressions(entries); }

CostDiff diff_costs(const std::vector<Report>& olds, const Report& after, bool alike) {
  CostDiff diff;
  Counted before;
  Counted now;
  for (const Report& old : olds) add_costs(before, old);
  add_costs(now, after);
  std::map<Figure, std::string> means;
  for (const Figure figure : kExact) {
    std::string why;
    means[figure] = means_of(olds, after, figure, why);
    if (!why.empty()) diff.not_compared.push_back(fmt::format("{}: {}", name_of(figure), why));
  }
  for (const auto& [block, figures_now] : now) {
    const auto at = before.find(block);
    if (at == before.end()) continue;
    for (const Figure figure : kExact) {
      CostEntry entry;
      entry.how = means[figure];
      if (entry.how.empty()) continue;
      entry.before = at->second[static_cast<std::size_t>(figure)];
      entry.after = figures_now[static_cast<std::size_t>(figure)];
      if (entry.after.least > entry.before.most) entry.change = CostChange::costlier;
      if (entry.after.most < entry.before.least) entry.change = CostChange::cheaper;
      if (entry.change == CostChange::same) {
        ++diff.same;
        continue;
      }
      entry.variant = std::get<0>(block);
      entry.what = std::get<3>(block);
      entry.per = std::get<4>(block);
      entry.figure = figure;
      if (entry.change == CostChange::costlier && figure == Figure::bytes_copied)
        entry.excuse = "bytes alone accuse nobody";
      else if (entry.change == CostChange::costlier && !alike)
        entry.excuse = "the platforms are not alike";
      diff.entries.push_back(std::move(entry));
    }
  }
  put_worst_first(diff.entries);
  return diff;
}

std::string cost_change_text(const CostEntry& entry) {
  return fmt::format("{}: {} -> {} {}", entry.what, range_text(entry.before, entry.per),
                     range_text(entry.after, entry.per), name_of(entry.figure));
}

}  // namespace kipc
