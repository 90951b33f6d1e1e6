#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "report/compare_text.hpp"
#include "report/diff.hpp"
#include "report/markdown_text.hpp"

namespace kipc {
namespace {

constexpr std::size_t kAtMostOfAKind = 20;

std::string before_text(const DiffEntry& entry) {
  std::vector<std::string> names;
  for (const Status status : entry.before) names.emplace_back(name_of(status));
  return names.empty() ? "-" : join(names, " ");
}

std::string after_text(const DiffEntry& entry) { return std::string(entry.after ? name_of(*entry.after) : "-"); }

constexpr std::string_view kCostMeanings[] = {"as before", "more is counted than before",
                                              "less is counted than before"};

/// "12 regressed, 3 fixed"; "nothing changed".
std::string totals(const Diff& diff) {
  std::vector<std::string> parts;
  for (const ChangeRow& row : changes())
    if (const std::size_t n = diff.count(row.change); n > 0) parts.push_back(fmt::format("{} {}", n, row.name));
  for (const CostChange change : {CostChange::costlier, CostChange::cheaper})
    if (const std::size_t n = diff.costs.count(change); n > 0)
      parts.push_back(fmt::format("{} {}", n, name_of(change)));
  return parts.empty() ? "nothing changed" : join(parts, ", ");
}

std::string rest(const Diff& diff) {
  std::string text = fmt::format("{} the same", diff.same);
  if (diff.still_failing > 0) text += fmt::format(" ({} of them FAIL as before)", diff.still_failing);
  if (diff.not_run > 0) text += fmt::format(", {} not run in NEW", diff.not_run);
  if (diff.costs.same > 0) text += fmt::format("; {} the same", count_of(diff.costs.same, "counted cost"));
  return text;
}

/// What is worth saying of a cost, behind the figures.
std::string note_of(const CostEntry& entry) {
  return fmt::format("counted by {}{}", entry.how, entry.excuse.empty() ? "" : "; " + entry.excuse);
}

/// What is worth saying of a change, line by line.
std::vector<std::string> facts(const DiffEntry& entry) {
  std::vector<std::string> lines;
  const bool told = entry.change == Change::regressed || entry.change == Change::unconfirmed ||
                    entry.change == Change::flaky || entry.change == Change::lost ||
                    entry.change == Change::case_changed;
  if (told && entry.report != nullptr && !entry.report->verdict.reason.empty())
    lines.push_back(entry.report->verdict.reason);
  if (entry.change == Change::changed && entry.before_answer != entry.after_answer) {
    lines.push_back("before: " + (entry.before_answer.empty() ? "none" : entry.before_answer));
    lines.push_back("now:    " + (entry.after_answer.empty() ? "none" : entry.after_answer));
  }
  if (!entry.note.empty()) lines.push_back(entry.note);
  return lines;
}

std::string place_of(const DiffEntry& entry) {
  if (entry.report == nullptr) return "";
  const Verdict& verdict = entry.report->verdict;
  return verdict.line > 0 ? fmt::format("{}:{}", entry.report->file, verdict.line) : entry.report->file;
}

Status colour_of(Change change) {
  switch (change) {
    case Change::regressed: return Status::fail;
    case Change::unconfirmed:
    case Change::flaky:
    case Change::lost: return Status::miss;
    case Change::fixed: return Status::pass;
    case Change::changed:
    case Change::case_changed: return Status::done;
    default: return Status::skip;
  }
}

std::string item_of(const DiffEntry& entry) {
  std::string item = fmt::format("- `{}`: {} -> {}\n", entry.variant, before_text(entry), after_text(entry));
  for (const std::string& fact : facts(entry)) item += fmt::format("  - {}\n", markdown_inline(fact));
  if (entry.change == Change::regressed) item += fmt::format("  - `{}`\n", place_of(entry));
  return item;
}

/// At most `limit` bytes, but for the headings.
std::string costs_to_markdown(const CostDiff& costs, std::size_t limit) {
  std::string out;
  for (const CostChange change : {CostChange::costlier, CostChange::cheaper}) {
    MarkdownGroup group;
    group.open = change == CostChange::costlier && costs.regressions() > 0;
    group.title = fmt::format("{} {}", costs.count(change), name_of(change));
    group.meaning = kCostMeanings[static_cast<std::size_t>(change)];
    for (const CostEntry& entry : costs.entries)
      if (entry.change == change)
        group.items.push_back(
            fmt::format("- `{}`: {} ({})\n", entry.variant, markdown_inline(cost_change_text(entry)), note_of(entry)));
    out += markdown_group(group, limit > out.size() ? limit - out.size() : 0);
  }
  for (const std::string& figure : costs.not_compared)
    out += fmt::format("Not compared: {}  \n", markdown_inline(figure));
  return out;
}

nlohmann::ordered_json costs_to_json(const CostDiff& costs) {
  using nlohmann::ordered_json;
  ordered_json out = ordered_json::array();
  const auto range = [](const CountRange& counts) -> ordered_json { return {counts.least, counts.most}; };
  for (const CostEntry& entry : costs.entries) {
    ordered_json one = {{"change", name_of(entry.change)},
                        {"regression", entry.regressed()},
                        {"variant", entry.variant},
                        {"what", entry.what},
                        {"per", entry.per},
                        {"figure", figures()[static_cast<std::size_t>(entry.figure)].name},
                        {"before", range(entry.before)},
                        {"after", range(entry.after)},
                        {"how", entry.how}};
    if (!entry.excuse.empty()) one["excuse"] = entry.excuse;
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

std::string diff_to_terminal(const Diff& diff, const Page& page, bool verbose) {
  std::string out = page.wrap(diff.before_platform, "OLD ", 4) + page.wrap(diff.after_platform, "NEW ", 4);
  if (diff.olds > 1) out += fmt::format("OLD is the last of {} reports\n", diff.olds);
  out += differences_to_terminal(diff.differences, page, verbose);
  for (const ChangeRow& row : changes()) {
    const std::size_t n = diff.count(row.change);
    if (n == 0) continue;
    out += "\n" + page.paint(fmt::format("{} {}", n, row.name), colour_of(row.change)) +
           fmt::format(": {}\n", row.meaning);
    std::size_t shown = 0;
    const bool plain = row.change == Change::fresh || row.change == Change::gone || row.change == Change::fixed;
    for (const DiffEntry& entry : diff.entries) {
      if (entry.change != row.change) continue;
      if (!verbose && plain && ++shown > kAtMostOfAKind) continue;
      out += page.wrap(fmt::format("{}: {} -> {}", entry.variant, before_text(entry), after_text(entry)), "  ", 4);
      for (const std::string& fact : facts(entry)) out += page.wrap(fact, "      ", 6);
      if (row.change == Change::regressed) out += page.wrap(place_of(entry), "      ", 6);
    }
    if (shown > kAtMostOfAKind) out += fmt::format("  and {} more; --verbose names them\n", shown - kAtMostOfAKind);
  }
  for (const CostChange change : {CostChange::costlier, CostChange::cheaper}) {
    const std::size_t n = diff.costs.count(change);
    if (n == 0) continue;
    const Status colour = change == CostChange::cheaper ? Status::pass : Status::fail;
    out += fmt::format("\n{}: {}\n", page.paint(fmt::format("{} {}", n, name_of(change)), colour),
                       kCostMeanings[static_cast<std::size_t>(change)]);
    for (const CostEntry& entry : diff.costs.entries) {
      if (entry.change != change) continue;
      out += page.wrap(fmt::format("{}: {}", entry.variant, cost_change_text(entry)), "  ", 4);
      out += page.wrap(note_of(entry), "      ", 6);
    }
  }
  for (const std::string& figure : diff.costs.not_compared) out += page.wrap(figure, "\nnot compared: ", 2);
  return out + fmt::format("\n{}; {}\n", totals(diff), rest(diff));
}

std::string diff_to_markdown(const Diff& diff, std::size_t limit) {
  std::string out = fmt::format("### kipc diff: {}\n\n", totals(diff));
  out += fmt::format("OLD: {}  \nNEW: {}\n\n", markdown_inline(diff.before_platform),
                     markdown_inline(diff.after_platform));
  out += differences_to_markdown(diff.differences, limit / 4);
  constexpr std::size_t kFoot = 200;
  const auto room = [&] { return limit > out.size() + kFoot ? limit - out.size() - kFoot : 0; };
  for (const ChangeRow& row : changes()) {
    MarkdownGroup group;
    group.open = row.change == Change::regressed;
    group.title = fmt::format("{} {}", diff.count(row.change), row.name);
    group.meaning = row.meaning;
    for (const DiffEntry& entry : diff.entries)
      if (entry.change == row.change) group.items.push_back(item_of(entry));
    out += markdown_group(group, room());
    if (room() < kFoot) break;
  }
  return out + costs_to_markdown(diff.costs, room()) + rest(diff) + "\n";
}

std::string diff_to_json(const Diff& diff) {
  using nlohmann::ordered_json;
  ordered_json out = {{"format", "kipc-diff"},
                      {"format_version", 1},
                      {"before", diff.before_platform},
                      {"after", diff.after_platform},
                      {"comparable", diff.comparable}};
  out["differences"] = differences_to_json(diff.differences);
  ordered_json counts = ordered_json::object();
  for (const ChangeRow& row : changes())
    counts[std::string(row.name)] = row.change == Change::same ? diff.same : diff.count(row.change);
  counts["not run"] = diff.not_run;
  for (const CostChange change : {CostChange::costlier, CostChange::cheaper})
    counts[std::string(name_of(change))] = diff.costs.count(change);
  out["counts"] = std::move(counts);
  out["changes"] = ordered_json::array();
  for (const DiffEntry& entry : diff.entries) {
    ordered_json one = {{"change", name_of(entry.change)}, {"variant", entry.variant}};
    for (const Status status : entry.before) one["before"].push_back(name_of(status));
    if (entry.after) one["after"] = name_of(*entry.after);
    if (!entry.before_answer.empty()) one["before_answer"] = entry.before_answer;
    if (!entry.after_answer.empty()) one["after_answer"] = entry.after_answer;
    if (!entry.note.empty()) one["note"] = entry.note;
    if (entry.report != nullptr) {
      one["file"] = entry.report->file;
      if (entry.report->verdict.line > 0) one["line"] = entry.report->verdict.line;
      if (!entry.report->verdict.reason.empty()) one["reason"] = entry.report->verdict.reason;
    }
    out["changes"].push_back(std::move(one));
  }
  out["costs"] = costs_to_json(diff.costs);
  if (!diff.costs.not_compared.empty()) out["costs_not_compared"] = diff.costs.not_compared;
  return out.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace kipc
