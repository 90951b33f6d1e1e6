#include "report/cost_diff.hpp"

#include <nlohmann/json.hpp>

#include "base/catch.hpp"
#include "report/canonical.hpp"
#include "report/diff.hpp"

namespace kipc {
namespace {

/// A report of runs of one variant that counted so much of that figure in 100 round trips.
Report counted(Figure figure, const std::vector<std::int64_t>& runs) {
  Report report = canonical_report();
  report.variants.clear();
  report.probes = {};
  report.probes[static_cast<std::size_t>(figure)].how = "tracepoint";
  for (const std::int64_t total : runs) {
    VariantReport run = canonical_variant("cost.pipe.round-trip", "", Status::pass, "");
    MeasuredCost cost{"round trip", 100, {}};
    cost.costs.total[static_cast<std::size_t>(figure)] = total;
    run.verdict.costs = {cost};
    report.variants.push_back(std::move(run));
  }
  return report;
}

Report calls(const std::vector<std::int64_t>& runs) { return counted(Figure::syscalls, runs); }

CostChange change_of(const std::vector<Report>& olds, const Report& after) {
  const CostDiff diff = diff_costs(olds, after, true);
  return diff.entries.empty() ? CostChange::same : diff.entries[0].change;
}

TEST_CASE("cost diff: counts are exact, so one more is more") {
  CHECK(change_of({calls({400})}, calls({400})) == CostChange::same);
  CHECK(change_of({calls({400})}, calls({401})) == CostChange::costlier);
  CHECK(change_of({calls({400})}, calls({399})) == CostChange::cheaper);
  const CostDiff diff = diff_costs({calls({400})}, calls({500}), true);
  CHECK(diff.regressions() == 1);
  CHECK(cost_change_text(diff.entries.at(0)) == "round trip: 4 -> 5 syscalls");
}

TEST_CASE("cost diff: where runs differ among themselves, only what is beyond all of them counts") {
  CHECK(change_of({calls({400, 410})}, calls({405})) == CostChange::same);
  CHECK(change_of({calls({400}), calls({410})}, calls({410})) == CostChange::same);
  CHECK(change_of({calls({400}), calls({410})}, calls({411, 420})) == CostChange::costlier);
  CHECK(change_of({calls({400, 410})}, calls({410, 420})) == CostChange::same);
  CHECK(change_of({calls({400, 410})}, calls({390, 399})) == CostChange::cheaper);
}

TEST_CASE("cost diff: copies accuse, bytes are only told, what varies by chance is not looked at") {
  const auto regressions = [](Figure figure) {
    return diff_costs({counted(figure, {400})}, counted(figure, {500}), true).regressions();
  };
  CHECK(regressions(Figure::copies) == 1);
  CHECK(regressions(Figure::bytes_copied) == 0);
  CHECK(change_of({counted(Figure::bytes_copied, {400})}, counted(Figure::bytes_copied, {500})) ==
        CostChange::costlier);
  CHECK(change_of({counted(Figure::context_switches, {400})}, counted(Figure::context_switches, {500})) ==
        CostChange::same);
}

TEST_CASE("cost diff: nobody is accused across platforms, by other means of counting, or by another case") {
  CHECK(diff_costs({calls({400})}, calls({500}), false).regressions() == 0);
  CHECK(change_of({calls({400})}, calls({500})) == CostChange::costlier);
  Report other = calls({500});
  other.probes[static_cast<std::size_t>(Figure::syscalls)].how = "kprobe";
  const CostDiff means = diff_costs({calls({400})}, other, true);
  CHECK(means.entries.empty());
  CHECK(means.not_compared == std::vector<std::string>{"syscalls: counted by tracepoint, now counted by kprobe"});
  other.probes = {};
  CHECK(diff_costs({calls({400})}, other, true).not_compared.size() == 1);
  Report changed = calls({500});
  changed.variants[0].case_hash = "fedcba9876543210";
  CHECK(change_of({calls({400})}, changed) == CostChange::same);
  Report longer = calls({500});
  longer.variants[0].verdict.costs[0].per = 125;
  CHECK(change_of({calls({400})}, longer) == CostChange::same);
}

TEST_CASE("cost diff: the diff tells costs in every form, and regresses by them alone") {
  const std::vector<Report> olds = {calls({400})};
  const Report now = calls({500});
  const Diff diff = make_diff(olds, now);
  CHECK(diff.entries.empty());
  CHECK(diff.regressed());
  CHECK_FALSE(make_diff(olds, calls({300})).regressed());
  const std::string text = diff_to_terminal(diff, {}, false);
  CHECK(text.find("\n1 costlier: more is counted than before\n  cost.pipe.round-trip: round trip: 4 -> 5 syscalls\n"
                  "      counted by tracepoint\n") != std::string::npos);
  CHECK(text.find("\n1 costlier; 1 the same\n") != std::string::npos);
  const std::string markdown = diff_to_markdown(diff);
  CHECK(markdown.find("<details open><summary><b>1 costlier</b>") != std::string::npos);
  CHECK(markdown.find("- `cost.pipe.round-trip`: round trip: 4 -> 5 syscalls (counted by tracepoint)\n") !=
        std::string::npos);
  const nlohmann::json json = nlohmann::json::parse(diff_to_json(diff));
  CHECK(json.at("counts").at("costlier") == 1);
  CHECK(json.at("costs").at(0).at("before") == std::vector<int>{400, 400});
  CHECK(json.at("costs").at(0).at("regression") == true);
}

}  // namespace
}  // namespace kipc
