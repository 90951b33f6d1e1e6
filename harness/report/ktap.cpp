#include <fmt/format.h>

#include <map>

#include "report/forms.hpp"

namespace kipc {
namespace {

/// In KTAP a '#' begins the directive, and a line is a line.
std::string ktap_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '#') out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

/// "not ok 3 pipe.eof # ERROR worker killed by SIGSEGV". Of the directives KTAP knows SKIP, XFAIL and ERROR.
std::string result_line(std::size_t number, const VariantReport& variant) {
  const Status status = variant.verdict.status;
  std::string line =
      fmt::format("{} {} {}", row_of(status).exit_code == 0 ? "ok" : "not ok", number, ktap_text(name_of(variant)));
  if (status != Status::pass && status != Status::fail)
    line += fmt::format(" # {} {}", name_of(status), ktap_text(variant.verdict.reason));
  return line + "\n";
}

std::string diagnosis(const VariantReport& variant, const std::string& indent) {
  const Verdict& verdict = variant.verdict;
  std::string out = indent + "# " + verdict.reason + "\n";
  if (verdict.line > 0) out += fmt::format("{}# at {}:{}\n", indent, variant.file, verdict.line);
  for (const std::string& line : verdict.trace) out += indent + "# " + line + "\n";
  for (const std::string& line : verdict.standing) out += indent + "# where it stands: " + line + "\n";
  for (const std::string& clause : verdict.clauses) out += indent + "# clause: " + clause + "\n";
  return out;
}

std::string summed(const std::string& text) { return fmt::format("# kipc: {} ~{}\n", text, ktap_sum(text)); }

}  // namespace

std::string ktap_sum(std::string_view text) {
  std::uint32_t hash = 0x811c9dc5U;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
  return fmt::format("{:08x}", hash);
}

std::string to_ktap(const Report& report) {
  std::map<std::string_view, std::vector<const VariantReport*>> areas;
  for (const VariantReport& variant : report.variants) areas[area_of(variant)].push_back(&variant);
  std::string out = fmt::format("KTAP version 1\n# {}\n1..{}\n", platform_line(report), areas.size());
  std::size_t number = 0;
  for (const auto& [area, variants] : areas) {
    ++number;
    out += fmt::format("  KTAP version 1\n  # Subtest: {}\n  1..{}\n", area, variants.size());
    bool fine = true;
    for (std::size_t i = 0; i < variants.size(); ++i) {
      const bool unexpected = row_of(variants[i]->verdict.status).exit_code != 0;
      fine = fine && !unexpected;
      if (unexpected) out += diagnosis(*variants[i], "  ");
      out += "  " + result_line(i + 1, *variants[i]);
    }
    out += fmt::format("{} {} {}\n", fine ? "ok" : "not ok", number, area);
  }
  for (const VariantReport& variant : report.variants)
    if (variant.verdict.status != Status::pass)
      out += summed(fmt::format("{} {}", name_of(variant.verdict.status), ktap_text(name_of(variant))));
  if (!report.complete) out += summed(fmt::format("interrupted, {} selected", report.selected));
  return out + summed("totals " + counts_text(count_statuses(report.variants)));
}

}  // namespace kipc
