#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "cli/console.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "platform/doctor.hpp"
#include "probe/probe.hpp"
#include "probe/striker.hpp"

namespace kipc::cli {
namespace {

/// "sandbox: pid namespace" stands under "sandbox"; what has no group before its colon, under "platform".
std::pair<std::string, std::string> split(const std::string& topic) {
  const std::size_t colon = topic.find(": ");
  if (colon == std::string::npos) return {"platform", topic};
  return {topic.substr(0, colon), topic.substr(colon + 2)};
}

Finding found_out(const std::string& topic, const char* yes, const Provenance& one) {
  const bool ok = !one.how.empty();
  return {topic, ok ? yes + one.how : "no: " + one.missing, ok, ok ? "" : one.enable};
}

/// What probes count here: found out by loading them.
void add_figures(std::vector<Finding>& findings) {
  Provenances had;
  Probe::start(1, had);
  for (const FigureRow& row : figures())
    findings.push_back(
        found_out(fmt::format("costs: {}", row.name), "counted, by ", had[static_cast<std::size_t>(row.figure)]));
}

void add_strikes(std::vector<Finding>& findings) {
  StrikeMeans means;
  Striker::start(1, means);
  for (const auto& [name, one] : named(means))
    findings.push_back(found_out(fmt::format("faults: {}", name), "yes, by ", *one));
}

/// What stands under the same heading comes together, the headings in the order of their first line.
void gather(std::vector<Finding>& findings) {
  std::map<std::string, std::size_t> order;
  for (const Finding& finding : findings) order.emplace(split(finding.topic).first, order.size());
  std::stable_sort(findings.begin(), findings.end(), [&](const Finding& a, const Finding& b) {
    return order.at(split(a.topic).first) < order.at(split(b.topic).first);
  });
}

int doctor(bool missing_only) {
  const Page page = page_of(1);
  std::vector<Finding> findings = examine();
  add_strikes(findings);
  add_figures(findings);
  gather(findings);
  std::size_t width = 0;
  for (const Finding& finding : findings)
    if (!missing_only || !finding.ok) width = std::max(width, columns(split(finding.topic).second));
  std::string out;
  std::string group;
  std::size_t missing = 0;
  for (const Finding& finding : findings) {
    if (!finding.ok) ++missing;
    if (missing_only && finding.ok) continue;
    const auto [here, topic] = split(finding.topic);
    if (here != group) {
      out += (out.empty() ? "" : "\n") + page.paint(here, Colour::bold) + "\n";
      group = here;
    }
    const std::string mark = finding.ok ? "  " : page.paint("! ", Status::miss);
    out += mark + page.wrap(finding.value, padded(topic, width) + "  ", width + 4);
    if (!finding.enable.empty()) out += page.wrap(finding.enable, std::string(width + 4, ' ') + "-> ", width + 7);
  }
  out += missing == 0
             ? "\nNothing that kipc could use is missing.\n"
             : fmt::format("\nMissing (marked !): {}. What needs it is skipped.\n", count_of(missing, "thing"));
  print(out);
  return 0;
}

}  // namespace

void add_doctor(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("doctor", "What this platform is, what works on it, what would enable the rest");
  const auto missing = std::make_shared<bool>(false);
  verb->add_flag("--missing", *missing, "Only what does not work, and what would enable it");
  verb->footer("Examples:\n  kipc doctor\n  kipc doctor --missing");
  verb->callback([&action, missing] { action = [missing] { return doctor(*missing); }; });
}

}  // namespace kipc::cli
