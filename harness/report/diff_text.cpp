#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
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

/// "12 regressed, 3 fixed"; "nothing changed".
std::string totals(const Diff& diff) {
  std::vector<std::string> parts;
  for (const ChangeRow& row : changes())
    if (const std::size_t n = diff.count(row.change); n > 0) parts.push_back(fmt::format("{} {}", n, row.name));
  return parts.empty() ? "nothing changed" : join(parts, ", ");
}

std::string rest(const Diff& diff) {
  std::string text = fmt::format("{} the same", diff.same);
  if (diff.still_failing > 0) text += fmt::format(" ({} of them FAIL as before)", diff.still_failing);
  if (diff.not_run > 0) text += fmt::format(", {} not run in NEW", diff.not_run);
  return text;
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

}  // namespace

std::string diff_to_terminal(const Diff& diff, const Page& page, bool verbose) {
  std::string out = page.wrap(diff.before_platform, "OLD ", 4) + page.wrap(diff.after_platform, "NEW ", 4);
  if (diff.olds > 1) out += fmt::format("OLD is the last of {} reports\n", diff.olds);
  std::size_t left = 0;
  for (const PlatformDifference& one : diff.differences) {
    const bool condition = one.role == PlatformDifference::Role::condition;
    if (!condition && !verbose && ++left > 8) continue;
    out += page.wrap(fmt::format("{}: {}, now {}", one.what, one.before.empty() ? "none" : one.before,
                                 one.after.empty() ? "none" : one.after),
                     condition ? "  unlike  " : "  differs ", 10);
  }
  if (left > 8) out += fmt::format("  and {} more; --verbose names them\n", left - 8);
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
  return out + fmt::format("\n{}; {}\n", totals(diff), rest(diff));
}

std::string diff_to_markdown(const Diff& diff, std::size_t limit) {
  std::string out = fmt::format("### kipc diff: {}\n\n", totals(diff));
  out += fmt::format("OLD: {}  \nNEW: {}\n\n", markdown_inline(diff.before_platform),
                     markdown_inline(diff.after_platform));
  if (!diff.differences.empty()) {
    std::string table =
        fmt::format("<details{}><summary>{} of the platforms{}</summary>\n\n| | OLD | NEW |\n|---|---|---|\n",
                    diff.comparable ? "" : " open", count_of(diff.differences.size(), "difference"),
                    diff.comparable ? "" : ", not all of them like-for-like");
    for (const PlatformDifference& one : diff.differences)
      table += fmt::format("| {}{} | {} | {} |\n", markdown_inline(one.what),
                           one.role == PlatformDifference::Role::condition ? " (unlike)" : "",
                           markdown_inline(one.before), markdown_inline(one.after));
    table += "\n</details>\n\n";
    if (table.size() < limit / 4) out += table;
  }
  constexpr std::size_t kFoot = 200;
  for (const ChangeRow& row : changes()) {
    const std::size_t n = diff.count(row.change);
    if (n == 0) continue;
    out += fmt::format("<details{}><summary><b>{} {}</b>: {}</summary>\n\n",
                       row.change == Change::regressed ? " open" : "", n, row.name, row.meaning);
    std::size_t shown = 0;
    for (const DiffEntry& entry : diff.entries) {
      if (entry.change != row.change) continue;
      std::string item = fmt::format("- `{}`: {} -> {}\n", entry.variant, before_text(entry), after_text(entry));
      for (const std::string& fact : facts(entry)) item += fmt::format("  - {}\n", markdown_inline(fact));
      if (row.change == Change::regressed) item += fmt::format("  - `{}`\n", place_of(entry));
      if (out.size() + item.size() + kFoot > limit) break;
      out += item;
      ++shown;
    }
    if (shown < n) out += fmt::format("- ... and {} more\n", n - shown);
    out += "\n</details>\n\n";
    if (out.size() + 2 * kFoot > limit) break;
  }
  return out + rest(diff) + "\n";
}

std::string diff_to_json(const Diff& diff) {
  using nlohmann::ordered_json;
  ordered_json out = {{"format", "kipc-diff"},
                      {"format_version", 1},
                      {"before", diff.before_platform},
                      {"after", diff.after_platform},
                      {"comparable", diff.comparable}};
  out["differences"] = ordered_json::array();
  for (const PlatformDifference& one : diff.differences)
    out["differences"].push_back({{"what", one.what},
                                  {"role", one.role == PlatformDifference::Role::condition ? "condition" : "subject"},
                                  {"before", one.before},
                                  {"after", one.after}});
  ordered_json counts = ordered_json::object();
  for (const ChangeRow& row : changes())
    counts[std::string(row.name)] = row.change == Change::same ? diff.same : diff.count(row.change);
  counts["not run"] = diff.not_run;
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
  return out.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace kipc
