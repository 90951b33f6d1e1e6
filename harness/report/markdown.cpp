#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "report/forms.hpp"
#include "report/markdown_text.hpp"
#include "report/page.hpp"

namespace kipc {
namespace {

/// Adds parts while they fit; of what did not fit it keeps count.
class Limited {
 public:
  explicit Limited(std::size_t limit) : limit_(limit) {}
  bool add(const std::string& part) {
    if (text_.size() + part.size() > limit_) return false;
    text_ += part;
    return true;
  }
  std::string take() { return std::move(text_); }

 private:
  std::size_t limit_;
  std::string text_;
};

std::string details_of(const VariantReport& variant, std::size_t more) {
  const Verdict& verdict = variant.verdict;
  std::string out = fmt::format("<details><summary><b>{}</b> <code>{}</code>", name_of(verdict.status),
                                markdown_html(name_of(variant)));
  if (more > 0) out += fmt::format(" and {} more on the same line", more);
  out += fmt::format(": {}</summary>\n\n", markdown_html(verdict.reason));
  out += fmt::format("{}  \n`{}{}`\n", markdown_inline(variant.title), variant.file,
                     verdict.line > 0 ? fmt::format(":{}", verdict.line) : "");
  std::vector<std::string> lines = verdict.trace;
  for (const std::string& line : verdict.standing) lines.push_back("  where it stands: " + line);
  if (!lines.empty()) out += "\n" + markdown_block(lines);
  for (const std::string& clause : verdict.clauses) out += fmt::format("\n> {}\n", markdown_inline(clause));
  return out + "\n</details>\n\n";
}

/// What exits non-zero, the worst first; variants of one case on the same line together.
std::string failures(const Report& report, std::size_t room) {
  struct Group {
    const VariantReport* first = nullptr;
    std::size_t more = 0;
  };
  std::vector<Group> groups;
  for (const StatusRow& row : kStatuses)
    for (const VariantReport& variant : report.variants) {
      if (variant.verdict.status != row.status || row.exit_code == 0) continue;
      const auto same = [&](const Group& group) {
        return group.first->case_id == variant.case_id && group.first->verdict.status == row.status &&
               group.first->verdict.pointer == variant.verdict.pointer &&
               (row.status == Status::fail || group.first->verdict.reason == variant.verdict.reason);
      };
      const auto at = std::find_if(groups.begin(), groups.end(), same);
      if (at == groups.end())
        groups.push_back({&variant, 0});
      else
        ++at->more;
    }
  Limited out(room);
  for (std::size_t i = 0; i < groups.size(); ++i)
    if (!out.add(details_of(*groups[i].first, groups[i].more)))
      return out.take() + fmt::format("... and {} more, for which there is no room here: see the JSON report.\n\n",
                                      groups.size() - i);
  return out.take();
}

std::string areas(const Report& report) {
  std::string out = "| area | status | variants | not passed | assertions verified | failed | not reached |\n";
  out += "|---|---|---:|---|---:|---:|---:|\n";
  for (const AreaSummary& area : summarise_areas(report.variants)) {
    Counts others = area.counts;
    others[static_cast<std::size_t>(Status::pass)] = 0;
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", area.name, name_of(area.status()), area.variants,
                       counts_text(others), area.verified, area.failed, area.not_reached);
  }
  return out + "\n";
}

/// XFAIL, SKIP and DONE, folded: each reason once, with how many it concerns.
std::string expected(const Report& report, Status status, std::string_view heading, std::size_t room) {
  std::map<std::string, std::vector<std::string>> reasons;
  std::size_t count = 0;
  for (const VariantReport& variant : report.variants) {
    if (variant.verdict.status != status) continue;
    ++count;
    reasons[variant.verdict.reason + (variant.enable.empty() ? "" : " To enable: " + variant.enable)].push_back(
        "`" + variant.variant_id + "`");
  }
  if (reasons.empty()) return "";
  const std::string foot = "\n</details>\n\n";
  Limited out(room > foot.size() ? room - foot.size() : 0);
  out.add(fmt::format("<details><summary>{} {}: {}</summary>\n\n", count, name_of(status), heading));
  for (const auto& [reason, variants] : reasons)
    if (!out.add(fmt::format("- {} ({}: {}{})\n", markdown_inline(reason), count_of(variants.size(), "run"),
                             variants.front(), variants.size() > 1 ? ", ..." : "")))
      break;
  const std::string text = out.take();
  return text.empty() ? "" : text + foot;
}

}  // namespace

std::string to_markdown(const Report& report, std::size_t limit) {
  const Counts counts = count_statuses(report.variants);
  const int code = exit_code(counts);
  std::string out = fmt::format("### kipc: {}\n\n", report.variants.empty() ? "nothing ran" : counts_text(counts));
  out += fmt::format("{}{}\n\n", code == 0 ? "Nothing unexpected. " : "", markdown_inline(platform_line(report)));
  if (!report.settings.saboteur.empty())
    out += fmt::format("**Sabotaged on purpose: {}**\n\n", markdown_inline(report.settings.saboteur));
  if (!report.complete)
    out += fmt::format("**Interrupted: {} of {} finished.**\n\n", report.variants.size(), report.selected);
  const std::string table = areas(report);
  const std::size_t reserved = out.size() + table.size() + 200;
  out += failures(report, limit > reserved ? limit - reserved : 0);
  out += table;
  const auto room = [&] { return limit > out.size() ? limit - out.size() : 0; };
  out += expected(report, Status::xfail, "known deviations", room());
  out += expected(report, Status::skip, "not applicable here", room());
  out += expected(report, Status::done, "recorded, nothing to judge", room());
  return out;
}

}  // namespace kipc
