#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>

#include "report/forms.hpp"

namespace kipc {
namespace {

using nlohmann::ordered_json;

/// What KCIDB calls it: it has no words for known deviations.
std::string_view status_in_kcidb(Status status) {
  return name_of(status == Status::xfail || status == Status::xpass ? Status::fail : status);
}

/// A path through KCIDB's tree of tests: letters, digits, '_', '-' and dots.
std::string path_of(const VariantReport& variant) {
  std::string path = "kipc." + variant.case_id;
  for (char& c : path)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-' && c != '_') c = '_';
  return path;
}

std::string excerpt_of(const VariantReport& variant) {
  constexpr std::size_t kMost = 16'384;
  std::string text;
  for (const std::string& line : variant.verdict.trace) text += line + "\n";
  for (const std::string& line : variant.verdict.standing) text += "where it stands: " + line + "\n";
  for (const std::string& clause : variant.verdict.clauses) text += "clause: " + clause + "\n";
  text.erase(std::remove(text.begin(), text.end(), '\0'), text.end());
  if (text.size() > kMost) text.resize(kMost);
  return text;
}

}  // namespace

bool is_kcidb_origin(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

std::string to_kcidb(const Report& report, const std::string& origin) {
  const Fingerprint& p = report.platform;
  const auto id = [&](const std::string& rest) { return origin + ":" + rest; };
  std::string machine = p.machine;
  std::transform(machine.begin(), machine.end(), machine.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::string run = fmt::format("{}-{}-{}", report.started, p.kernel_release, machine);
  ordered_json out = {{"version", {{"major", 5}, {"minor", 3}}}};
  ordered_json checkout = {{"id", id(p.kernel_release)},
                           {"origin", origin},
                           {"comment", fmt::format("{} {} {}", p.kernel, p.kernel_release, p.kernel_version)}};
  out["checkouts"] = ordered_json::array({std::move(checkout)});
  ordered_json build = {{"id", id(p.kernel_release + "-" + machine + "-" + p.config_digest)},
                        {"origin", origin},
                        {"checkout_id", id(p.kernel_release)},
                        {"comment", p.distribution},
                        {"architecture", machine},
                        {"status", "PASS"}};
  if (!p.config_source.empty()) build["config_name"] = p.config_source;
  const std::string build_id = build["id"];
  out["builds"] = ordered_json::array({std::move(build)});
  out["tests"] = ordered_json::array();
  std::map<std::string, std::string> deviations;  // id -> why
  ordered_json incidents = ordered_json::array();
  for (const VariantReport& variant : report.variants) {
    const Verdict& verdict = variant.verdict;
    const std::string test_id = id(run + "-" + name_of(variant));
    ordered_json test = {{"id", test_id},
                         {"origin", origin},
                         {"build_id", build_id},
                         {"path", path_of(variant)},
                         {"comment", name_of(variant) + ": " + variant.title},
                         {"status", status_in_kcidb(verdict.status)},
                         {"start_time", report.started},
                         {"duration", static_cast<double>(variant.duration_ns) / 1e9},
                         {"environment", {{"comment", platform_line(report)}}}};
    if (const std::string excerpt = excerpt_of(variant); !excerpt.empty()) test["log_excerpt"] = excerpt;
    test["misc"] = {{"kipc",
                     {{"status", name_of(verdict.status)},
                      {"reason", verdict.reason},
                      {"variant", variant.variant_id},
                      {"case_hash", variant.case_hash}}}};
    out["tests"].push_back(std::move(test));
    const std::string& deviation = verdict.deviation;
    if (deviation.empty()) continue;
    deviations.emplace(deviation, verdict.reason);
    incidents.push_back({{"id", fmt::format("{}-{}", test_id, deviation)},
                         {"origin", origin},
                         {"issue_id", id(deviation)},
                         {"issue_version", 0},
                         {"test_id", test_id},
                         {"present", verdict.status == Status::xfail}});
  }
  for (const auto& [deviation, why] : deviations)
    out["issues"].push_back({{"id", id(deviation)},
                             {"version", 0},
                             {"origin", origin},
                             {"report_subject", "kipc deviation " + deviation},
                             {"culprit", {{"code", true}, {"tool", false}, {"harness", false}}},
                             {"comment", why}});
  if (!incidents.empty()) out["incidents"] = std::move(incidents);
  return out.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace kipc
