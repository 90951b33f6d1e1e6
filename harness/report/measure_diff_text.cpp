#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "report/compare_text.hpp"
#include "report/markdown_text.hpp"
#include "report/measure_diff.hpp"

namespace kipc {
namespace {

/// "pipe round trip of 4 KiB, one-core".
std::string what_of(const Shift& shift) {
  std::string text = shift.mechanism + " " + shift.kind;
  if (shift.size > 0) text += " of " + size_text(shift.size);
  return shift.placement.empty() ? text : text + ", " + shift.placement;
}

std::string interval_text(const MedianInterval& time) {
  return fmt::format("{} ({} to {})", time_text(time.median), time_text(time.low), time_text(time.high));
}

/// Both figures, and how sure it is that they differ.
std::string figures_of(const Shift& shift) {
  if (!shift.figure.empty())
    return fmt::format("{:g} -> {:g} {}", shift.before.median, shift.after.median, shift.figure);
  return fmt::format("{} -> {}", interval_text(shift.before), interval_text(shift.after));
}

std::vector<std::string> facts_of(const Shift& shift) {
  std::vector<std::string> facts;
  if (shift.figure.empty())
    facts.push_back(fmt::format("{:.2f} times; p {:.2g}, A {:.2f}; noise {:.1f} %",
                                shift.before.median > 0 ? shift.after.median / shift.before.median : 0, shift.test.p,
                                shift.test.superiority, shift.noise * 100));
  if (!shift.note.empty()) facts.push_back(shift.note);
  if (!shift.excuse.empty()) facts.push_back("no regression: " + shift.excuse);
  return facts;
}

std::string totals_of(const MeasureDiff& diff) {
  std::vector<std::string> parts;
  if (const std::size_t n = diff.regressions(); n > 0) parts.push_back(fmt::format("{} regressed", n));
  for (const CostChange change : {CostChange::costlier, CostChange::cheaper})
    if (const std::size_t n = diff.count(change); n > 0) parts.push_back(fmt::format("{} {}", n, name_of(change)));
  return fmt::format("{}; {} the same", parts.empty() ? "nothing changed" : join(parts, ", "),
                     count_of(diff.same, "time"));
}

constexpr std::string_view kMeanings[] = {"as before", "costs more than before", "costs less than before"};
constexpr std::string_view kHowToRead =
    "In brackets: the 95 % interval. A: how often a start of NEW took longer than one of OLD. Noise: how far the "
    "middle halves of both lie apart, added; a shift is larger.";

}  // namespace

std::string measure_diff_to_terminal(const MeasureDiff& diff, const Page& page, bool verbose) {
  std::string out = page.wrap(diff.before_platform, "OLD ", 4) + page.wrap(diff.before_conditions, "    ", 4) +
                    page.wrap(diff.after_platform, "NEW ", 4) + page.wrap(diff.after_conditions, "    ", 4);
  if (diff.olds > 1) out += fmt::format("OLD is the last of {} measurements\n", diff.olds);
  out += differences_to_terminal(diff.differences, page, verbose);
  for (const CostChange change : {CostChange::costlier, CostChange::cheaper}) {
    const std::size_t n = diff.count(change);
    if (n == 0) continue;
    const Status colour = change == CostChange::cheaper ? Status::pass : Status::fail;
    out += fmt::format("\n{}: {}\n", page.paint(fmt::format("{} {}", n, name_of(change)), colour),
                       kMeanings[static_cast<std::size_t>(change)]);
    for (const Shift& shift : diff.shifts) {
      if (shift.change != change) continue;
      out += page.wrap(fmt::format("{}: {}", what_of(shift), figures_of(shift)), "  ", 4);
      for (const std::string& fact : facts_of(shift)) out += page.wrap(fact, "      ", 6);
    }
  }
  out += "\n";
  if (!diff.shifts.empty()) out += page.wrap(kHowToRead, "", 0);
  for (const std::string& one : diff.not_compared) out += page.wrap(one, "not compared: ", 2);
  return out + totals_of(diff) + "\n";
}

std::string measure_diff_to_markdown(const MeasureDiff& diff, std::size_t limit) {
  constexpr std::size_t kFoot = 1'000;
  std::string out = fmt::format("### kipc diff: {}\n\n", totals_of(diff));
  out += fmt::format("OLD: {} ({})  \nNEW: {} ({})\n\n", markdown_inline(diff.before_platform), diff.before_conditions,
                     markdown_inline(diff.after_platform), diff.after_conditions);
  out += differences_to_markdown(diff.differences, limit / 4);
  for (const CostChange change : {CostChange::costlier, CostChange::cheaper}) {
    MarkdownGroup group;
    group.open = change == CostChange::costlier && diff.regressions() > 0;
    group.title = fmt::format("{} {}", diff.count(change), name_of(change));
    group.meaning = kMeanings[static_cast<std::size_t>(change)];
    group.table_head = "| | OLD -> NEW | |\n|---|---|---|\n";
    for (const Shift& shift : diff.shifts)
      if (shift.change == change)
        group.items.push_back(fmt::format("| {} | {} | {} |\n", what_of(shift), figures_of(shift),
                                          markdown_inline(join(facts_of(shift), "; "))));
    out += markdown_group(group, limit > out.size() + kFoot ? limit - out.size() - kFoot : 0);
  }
  for (const std::string& one : diff.not_compared) out += fmt::format("Not compared: {}  \n", one);
  return out + (diff.shifts.empty() ? "" : "\n" + markdown_inline(kHowToRead) + "\n");
}

std::string measure_diff_to_json(const MeasureDiff& diff) {
  using nlohmann::ordered_json;
  ordered_json out = {{"format", "kipc-measure-diff"},
                      {"format_version", 1},
                      {"before", diff.before_platform},
                      {"after", diff.after_platform},
                      {"before_conditions", diff.before_conditions},
                      {"after_conditions", diff.after_conditions},
                      {"comparable", diff.comparable},
                      {"differences", differences_to_json(diff.differences)},
                      {"counts",
                       {{"regressed", diff.regressions()},
                        {"costlier", diff.count(CostChange::costlier)},
                        {"cheaper", diff.count(CostChange::cheaper)},
                        {"same", diff.same}}},
                      {"not_compared", diff.not_compared},
                      {"shifts", ordered_json::array()}};
  const auto interval = [](const MedianInterval& one) {
    return ordered_json{{"median", one.median}, {"low", one.low}, {"high", one.high}};
  };
  for (const Shift& shift : diff.shifts) {
    ordered_json one = {{"change", name_of(shift.change)},
                        {"regression", shift.regressed()},
                        {"mechanism", shift.mechanism},
                        {"kind", shift.kind},
                        {"size", shift.size}};
    if (!shift.placement.empty()) one["placement"] = shift.placement;
    one["figure"] = shift.figure.empty() ? "ns" : shift.figure;
    one["before"] = interval(shift.before);
    one["after"] = interval(shift.after);
    if (shift.figure.empty()) {
      one["p"] = shift.test.p;
      one["superiority"] = shift.test.superiority;
      one["noise"] = shift.noise;
    }
    if (!shift.excuse.empty()) one["excuse"] = shift.excuse;
    if (!shift.note.empty()) one["note"] = shift.note;
    out["shifts"].push_back(std::move(one));
  }
  return out.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace kipc
