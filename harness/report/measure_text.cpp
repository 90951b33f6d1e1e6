#include "report/measure_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace kipc {
namespace {

constexpr std::size_t kName = 15;
constexpr std::size_t kSize = 9;
constexpr std::size_t kCell = 10;

std::string right(const std::string& text, std::size_t width) {
  return (columns(text) < width ? std::string(width - columns(text), ' ') : std::string()) + text;
}

/// "±0.4 %": half of the interval. "?" when there were too few starts to know.
std::string width_text(const MedianInterval& typical) {
  return typical.confidence > 0 ? fmt::format("±{:.1f} %", typical.width() * 50) : "?";
}

std::string row(const std::string& mechanism, const std::string& size, const std::vector<std::string>& cells) {
  std::string line = "  " + padded(mechanism, kName) + right(size, kSize);
  for (const std::string& cell : cells) line += right(cell, kCell);
  return line + "\n";
}

std::string costs_cells(const Measured& one, bool wanted) {
  if (!wanted) return "";
  const auto cell = [](const std::optional<double>& value, const char* before) {
    return right(value ? fmt::format("{}{:.2f}", before, *value) : "-", kCell);
  };
  return cell(one.costs.system_calls, "") + cell(one.costs.copies, one.costs.inferred ? "~" : "");
}

std::string round_trip_row(const Measured& one, bool costs) {
  const MedianInterval typical = one.typical_ns();
  const auto at = [&](double q) { return time_text(one.quantile_ns(q).value_or(0)); };
  std::string line = row(one.mechanism, one.size > 0 ? size_text(one.size) : "-",
                         {time_text(typical.median), width_text(typical), at(0.9), at(0.99), at(0.999), at(1),
                          time_text(one.cpu_ns()), fmt::format("{:.2f}", one.switches())});
  line.pop_back();
  line += costs_cells(one, costs);
  if (one.numbers.batch > 1) line += fmt::format("  (samples of {})", one.numbers.batch);
  return line + "\n";
}

std::string one_way_row(const Measured& one, bool costs) {
  const MedianInterval typical = one.typical_ns();
  std::string line =
      row(one.mechanism, size_text(one.size),
          {rate_text(static_cast<double>(one.size) * 1e9 / std::max(typical.median, 1e-3)), width_text(typical),
           time_text(typical.median), time_text(one.cpu_ns()), fmt::format("{:.2f}", one.switches())});
  line.pop_back();
  return line + costs_cells(one, costs) + "\n";
}

std::vector<const Measured*> chosen(const MeasureReport& report, std::string_view kind, std::string_view placement) {
  std::vector<const Measured*> list;
  for (const Measured& one : report.results)
    if (one.kind == kind && one.placement == placement && one.there()) list.push_back(&one);
  std::stable_sort(list.begin(), list.end(), [](const Measured* a, const Measured* b) {
    return a->size != b->size ? a->size < b->size : a->typical_ns().median < b->typical_ns().median;
  });
  return list;
}

std::string table(const MeasureReport& report, std::string_view kind, std::string_view placement, const Page& page) {
  const std::vector<const Measured*> list = chosen(report, kind, placement);
  if (list.empty()) return "";
  const bool trips = kind == kRoundTrip;
  const bool costs =
      std::any_of(list.begin(), list.end(), [](const Measured* one) { return !one->costs.source.empty(); });
  std::string out = page.paint(fmt::format("{}, {}", trips ? "Round trips" : "One way, as fast as it goes",
                                           placement_text(report, placement)),
                               Colour::bold) +
                    "\n";
  std::string head = trips ? row("", "size", {"p50", "95 %", "p90", "p99", "p99.9", "max", "CPU", "switches"})
                           : row("", "size", {"rate", "95 %", "message", "CPU", "switches"});
  head.pop_back();
  if (costs) head += right("calls", kCell) + right("copies", kCell);
  out += page.paint(head, Colour::dim) + "\n";
  for (const Measured* one : list) out += trips ? round_trip_row(*one, costs) : one_way_row(*one, costs);
  return out + "\n";
}

std::string not_measured(const MeasureReport& report, const Page& page) {
  // The same reason for several sizes and placements is said once.
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const Measured& one : report.results)
    if (!one.there())
      by_reason[fmt::format("{} {}: {}", one.mechanism, one.kind, one.not_measured)].push_back(
          one.size > 0 ? size_text(one.size) + " " + one.placement : one.placement);
  std::string out;
  for (const auto& [reason, where] : by_reason) out += page.wrap(reason + " (" + join(where, ", ") + ")", "  ", 4);
  return out.empty() ? out : page.paint("Not measured", Colour::bold) + "\n" + out + "\n";
}

}  // namespace

std::string placement_text(const MeasureReport& report, std::string_view placement) {
  if (placement == "unpinned") return "unpinned: wherever the kernel puts them";
  std::string where;
  for (const Measured& one : report.results) {
    if (one.placement != placement || !one.there() || one.numbers.cpus.empty()) continue;
    where = placement == "one-core"       ? fmt::format(" (cpu {})", one.numbers.cpus[0])
            : one.numbers.cpus.size() > 1 ? fmt::format(" (cpus {} and {})", one.numbers.cpus[0], one.numbers.cpus[1])
                                          : "";
    break;
  }
  return (placement == "one-core" ? "one core" : "two cores") + where;
}

std::string conditions_text(const MeasureReport& report, const Page& page) {
  const Conditions& c = report.conditions;
  std::vector<std::string> lines = c.caveats;
  if (c.load_percent >= 0)
    lines.push_back(
        fmt::format("The load average was {:.2f} before it began; what others did then and meanwhile is in "
                    "the numbers.",
                    static_cast<double>(c.load_percent) / 100));
  if (c.steal_permille >= 0)
    lines.push_back(fmt::format("The hypervisor took {:.1f} % of the processors' time meanwhile.",
                                static_cast<double>(c.steal_permille) / 10));
  if (c.others_permille >= 0)
    lines.push_back(fmt::format("Other programs took {:.1f} % of it.", static_cast<double>(c.others_permille) / 10));
  double outliers = 0;
  double preempted = 0;
  double sure = 0;
  std::size_t count = 0;
  for (const Measured& one : report.results) {
    if (!one.there()) continue;
    ++count;
    outliers = std::max(outliers, one.outliers());
    preempted = std::max(preempted, one.preemptions());
    sure = std::max(sure, one.typical_ns().width() / 2);
  }
  if (count > 0)
    lines.push_back(
        fmt::format("At worst the median is known to ±{:.1f} %, {:.2f} % of round trips take more than three "
                    "times the median, and {:.3f} involuntary switches come upon an exchange.",
                    sure * 100, outliers * 100, preempted));
  lines.push_back(fmt::format("Reading the clock costs {} and is in every sample.",
                              time_text(static_cast<double>(c.clock_ps) / 1000)));
  std::string out;
  for (const std::string& line : lines) out += page.wrap(line, "  ", 4);
  return out;
}

std::string measure_text(const MeasureReport& report, const Page& page) {
  std::string out;
  for (const std::string_view kind : {kRoundTrip, kOneWay})
    for (const std::string_view placement : kPlacements) out += table(report, kind, placement, page);
  out += not_measured(report, page);
  out += page.paint("How to read this", Colour::bold) + "\n";
  for (const char* line :
       {"A round trip is a message and its answer; half of it is often called the latency. Each number is of one round "
        "trip, also CPU (all processes) and switches (voluntary ones, all processes).",
        "p50 is the median of the starts' medians, with half of its 95 % confidence interval beside it: both processes "
        "are "
        "started anew again and again over the whole time. p90 and up are of all round trips. One way, the message is "
        "the mean time of one.",
        "Arguments are made ready beforehand and results are only held against what was right in the first round: what "
        "came is checked byte by byte by kipc run."})
    out += page.wrap(line, "  ", 4);
  const bool counted = std::any_of(report.results.begin(), report.results.end(),
                                   [](const Measured& one) { return !one.costs.source.empty(); });
  const std::string& why = report.conditions.not_counted;
  if (counted)
    out += page.wrap(
        "System calls and copies of an exchange were counted in a run of its own, with the processes unpinned: "
        "its times are none of these.",
        "  ", 4);
  if (std::any_of(report.results.begin(), report.results.end(), [](const Measured& one) { return one.costs.inferred; }))
    out +=
        page.wrap("~ Copies inferred from what the system calls returned: one for each call that moved data.", "  ", 4);
  if (!counted || !why.empty())
    out += page.wrap(fmt::format("{}: not measured: {}", counted ? "Copies" : "System calls and copies",
                                 why.empty() ? "nothing here counted them" : why),
                     "  ", 4);
  return out + conditions_text(report, page);
}

}  // namespace kipc
