#include "report/compare_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/markdown_text.hpp"

namespace kipc {
namespace {

bool unlike(const PlatformDifference& one) { return one.role == PlatformDifference::Role::condition; }

}  // namespace

std::string difference_text(const PlatformDifference& one) {
  return fmt::format("{}: {}, now {}", one.what, one.before.empty() ? "none" : one.before,
                     one.after.empty() ? "none" : one.after);
}

std::string differences_to_terminal(const std::vector<PlatformDifference>& differences, const Page& page,
                                    bool verbose) {
  constexpr std::size_t kShown = 8;
  std::string out;
  std::size_t subjects = 0;
  for (const PlatformDifference& one : differences) {
    if (!unlike(one) && ++subjects > kShown && !verbose) continue;
    out += page.wrap(difference_text(one), unlike(one) ? "  unlike  " : "  differs ", 10);
  }
  if (subjects > kShown && !verbose) out += fmt::format("  and {} more; --verbose names them\n", subjects - kShown);
  return out;
}

std::string differences_to_markdown(const std::vector<PlatformDifference>& differences, std::size_t limit) {
  if (differences.empty()) return "";
  const bool alike = comparable(differences);
  std::string table = fmt::format(
      "<details{}><summary>{} of the platforms{}</summary>\n\n| | OLD | NEW |\n|---|---|---|\n", alike ? "" : " open",
      count_of(differences.size(), "difference"), alike ? "" : ", not all of them like-for-like");
  for (const PlatformDifference& one : differences)
    table += fmt::format("| {}{} | {} | {} |\n", markdown_inline(one.what), unlike(one) ? " (unlike)" : "",
                         markdown_inline(one.before), markdown_inline(one.after));
  table += "\n</details>\n\n";
  return table.size() <= limit ? table : "";
}

nlohmann::ordered_json differences_to_json(const std::vector<PlatformDifference>& differences) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const PlatformDifference& one : differences)
    out.push_back({{"what", one.what},
                   {"role", unlike(one) ? "condition" : "subject"},
                   {"before", one.before},
                   {"after", one.after}});
  return out;
}

}  // namespace kipc
