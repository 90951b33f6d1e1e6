#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.hpp"

namespace kipc {
namespace {

using What = AssertionOutcome::What;

constexpr std::array<std::pair<What, std::string_view>, 4> kOutcomes = {{
    {What::verified, "verified"},
    {What::failed, "failed"},
    {What::recorded, "recorded"},
    {What::not_reached, "not reached"},
}};

/// How much an outcome says about an assertion: the first is what counts.
int weight(What what) {
  switch (what) {
    case What::failed: return 0;
    case What::verified: return 1;
    case What::recorded: return 2;
    case What::not_reached: break;
  }
  return 3;
}

}  // namespace

Counts count_statuses(const std::vector<VariantReport>& variants) {
  Counts counts{};
  for (const VariantReport& variant : variants) ++counts[static_cast<std::size_t>(variant.verdict.status)];
  return counts;
}

std::string counts_text(const Counts& counts) {
  std::vector<std::string> parts;
  for (const StatusRow& row : kStatuses)
    if (const int n = counts[static_cast<std::size_t>(row.status)]; n > 0)
      parts.push_back(fmt::format("{} {}", n, row.name));
  return join(parts, ", ");
}

std::string_view outcome_name(What what) {
  for (const auto& [value, name] : kOutcomes)
    if (value == what) return name;
  return "";
}

std::optional<What> outcome_of(std::string_view name) {
  for (const auto& [value, text] : kOutcomes)
    if (text == name) return value;
  return std::nullopt;
}

std::vector<std::string> history_of(const VariantReport& variant) {
  return variant.history ? history_lines(variant.history->told, variant.history->history) : variant.history_text;
}

std::string platform_line(const Report& report) {
  const Fingerprint& p = report.platform;
  std::string line = fmt::format("kipc {} on {} {} {}", report.kipc_version, p.kernel, p.kernel_release, p.machine);
  const auto add = [&](const std::string& text) {
    if (!text.empty()) line += ", " + text;
  };
  add(p.distribution);
  add(fmt::format("{}{}{}{}", p.libc, p.libc_version.empty() ? "" : " ", p.libc_version,
                  p.libc_static ? " (static)" : ""));
  if (p.virtualisation != "none") add(p.virtualisation);
  add(p.container);
  add(p.euid == 0 ? "root" : fmt::format("uid {}", p.euid));
  return line;
}

std::string_view area_of(const VariantReport& variant) {
  const std::string_view id = variant.case_id;
  return id.substr(0, id.find('.'));
}

std::string_view parameters_of(const VariantReport& variant) {
  const std::string_view id = variant.variant_id;
  return id.starts_with(variant.case_id) ? id.substr(variant.case_id.size()) : std::string_view();
}

std::string name_of(const VariantReport& variant) {
  if (variant.repetition == 0) return variant.variant_id;
  return fmt::format("{} (repetition {})", variant.variant_id, variant.repetition + 1);
}

std::string failure_line(const VariantReport& variant) {
  const Verdict& verdict = variant.verdict;
  std::string line = name_of(variant);
  if (!verdict.pointer.empty()) line += " " + verdict.pointer;
  return line + ": " + verdict.reason;
}

Status AreaSummary::status() const {
  for (const StatusRow& row : kStatuses)
    if (counts[static_cast<std::size_t>(row.status)] > 0) return row.status;
  return Status::skip;
}

std::vector<AreaSummary> summarise_areas(const std::vector<VariantReport>& variants) {
  struct Entry {
    AreaSummary summary;
    std::map<std::string_view, What> assertions;
  };
  std::map<std::string_view, Entry> areas;
  for (const VariantReport& variant : variants) {
    Entry& entry = areas[area_of(variant)];
    ++entry.summary.variants;
    ++entry.summary.counts[static_cast<std::size_t>(variant.verdict.status)];
    for (const AssertionOutcome& outcome : variant.verdict.assertions) {
      const auto [at, fresh] = entry.assertions.emplace(outcome.id, outcome.what);
      if (!fresh && weight(outcome.what) < weight(at->second)) at->second = outcome.what;
    }
  }
  std::vector<AreaSummary> out;
  for (auto& [name, entry] : areas) {
    entry.summary.name = name;
    for (const auto& [id, what] : entry.assertions) switch (what) {
        case What::failed: ++entry.summary.failed; break;
        case What::verified: ++entry.summary.verified; break;
        case What::recorded: ++entry.summary.recorded; break;
        case What::not_reached: ++entry.summary.not_reached; break;
      }
    out.push_back(std::move(entry.summary));
  }
  return out;
}

std::string duration_text(std::int64_t nanoseconds) {
  const double seconds = static_cast<double>(nanoseconds) / 1e9;
  if (seconds < 0.0095) return fmt::format("{:.1f} ms", seconds * 1e3);
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 59.995) return fmt::format("{:.2f} s", seconds);
  const std::int64_t whole = std::llround(seconds);
  return fmt::format("{} min {} s", whole / 60, whole % 60);
}

}  // namespace kipc
