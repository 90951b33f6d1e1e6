#include "report/diff.hpp"

#include <nlohmann/json.hpp>

#include "base/catch.hpp"
#include "report/canonical.hpp"

namespace kipc {
namespace {

VariantReport variant(const std::string& id, Status status, const std::string& got = "") {
  VariantReport made = canonical_variant(id, "", status, status == Status::pass ? "" : "expected 0, got " + got);
  made.verdict.got = got;
  return made;
}

Report report(std::vector<VariantReport> variants) {
  Report made = canonical_report();
  made.variants = std::move(variants);
  return made;
}

Diff diff_of(const std::vector<Status>& olds, Status now) {
  static std::vector<std::vector<Report>> kept;  // a diff points into its reports
  static std::vector<Report> news;
  kept.reserve(1000);
  news.reserve(1000);
  std::vector<Report> reports;
  for (const Status status : olds) reports.push_back(report({variant("a.b", status, "1")}));
  kept.push_back(std::move(reports));
  news.push_back(report({variant("a.b", now, "1")}));
  return make_diff(kept.back(), news.back());
}

Change change_of(const std::vector<Status>& olds, Status now) {
  const Diff diff = diff_of(olds, now);
  return diff.entries.empty() ? Change::same : diff.entries[0].change;
}

TEST_CASE("diff: what each pair of statuses means") {
  using S = Status;
  struct Row {
    S before;
    S after;
    Change change;
  };
  const std::vector<Row> rows = {
      {S::pass, S::pass, Change::same},      {S::pass, S::fail, Change::regressed},
      {S::pass, S::error, Change::lost},     {S::pass, S::miss, Change::lost},
      {S::pass, S::skip, Change::lost},      {S::pass, S::xfail, Change::changed},
      {S::done, S::fail, Change::regressed}, {S::fail, S::pass, Change::fixed},
      {S::fail, S::fail, Change::same},      {S::fail, S::done, Change::fixed},
      {S::fail, S::skip, Change::lost},      {S::fail, S::xfail, Change::changed},
      {S::xfail, S::xfail, Change::same},    {S::xfail, S::fail, Change::changed},
      {S::xfail, S::xpass, Change::fixed},   {S::xfail, S::pass, Change::fixed},
      {S::skip, S::fail, Change::fresh},     {S::skip, S::pass, Change::fresh},
      {S::skip, S::skip, Change::same},      {S::error, S::fail, Change::fresh},
      {S::error, S::miss, Change::same},     {S::xpass, S::fail, Change::regressed},
  };
  for (const Row& row : rows) {
    INFO(name_of(row.before) << " -> " << name_of(row.after));
    CHECK(name_of(change_of({row.before}, row.after)) == name_of(row.change));
  }
}

TEST_CASE("diff: a deviation excuses its own answer, not another") {
  const std::vector<Report> old = {report({variant("a.b", Status::xfail, "1")})};
  const Report same = report({variant("a.b", Status::fail, "1")});
  const Report other = report({variant("a.b", Status::fail, "2")});
  CHECK(make_diff(old, same).entries.at(0).change == Change::changed);
  CHECK(make_diff(old, other).entries.at(0).change == Change::regressed);
}

TEST_CASE("diff: when OLDs disagree it is flaky, and accuses nobody") {
  using S = Status;
  CHECK(change_of({S::pass, S::fail}, S::fail) == Change::flaky);
  CHECK(change_of({S::fail, S::pass}, S::pass) == Change::flaky);
  CHECK(change_of({S::pass, S::pass, S::pass}, S::fail) == Change::regressed);
  CHECK(change_of({S::pass, S::skip}, S::fail) == Change::regressed);
  CHECK(change_of({S::fail, S::fail}, S::pass) == Change::fixed);
  CHECK(diff_of({S::pass, S::fail, S::pass}, S::fail).entries[0].note == "failed in 1 of 3 earlier reports");
}

TEST_CASE("diff: repetitions that disagree") {
  VariantReport pass = variant("a.b", Status::pass);
  VariantReport fail = variant("a.b", Status::fail, "1");
  fail.repetition = 1;
  const std::vector<Report> steady = {report({pass})};
  const std::vector<Report> flaky = {report({pass, fail})};
  const Report now_flaky = report({pass, fail});
  const Report now_steady = report({pass});
  const Diff regressed = make_diff(steady, now_flaky);
  REQUIRE(regressed.entries.size() == 1);
  CHECK(regressed.entries[0].change == Change::regressed);
  CHECK(regressed.entries[0].note == "fails in 1 of 2 runs");
  const Diff was_flaky = make_diff(flaky, now_steady);
  REQUIRE(was_flaky.entries.size() == 1);
  CHECK(was_flaky.entries[0].change == Change::flaky);
}

TEST_CASE("diff: another answer is told, right or wrong as before") {
  const std::vector<Report> old = {report({variant("a.b", Status::fail, "1"), variant("a.c", Status::done)})};
  Report now = report({variant("a.b", Status::fail, "2"), variant("a.c", Status::done)});
  now.variants[1].verdict.answers = {{"q", "EINVAL"}};
  const Diff diff = make_diff(old, now);
  REQUIRE(diff.entries.size() == 2);
  for (const DiffEntry& entry : diff.entries) CHECK(entry.change == Change::changed);
  CHECK(diff.entries[0].before_answer == "1");
  CHECK(diff.entries[0].after_answer == "2");
  CHECK(diff.count(Change::regressed) == 0);
}

TEST_CASE("diff: a case that asks something else is said to, and accuses nobody") {
  const std::vector<Report> old = {report({variant("a.b", Status::pass), variant("a.c", Status::pass)})};
  Report now = report({variant("a.b", Status::fail, "1"), variant("a.c", Status::pass)});
  for (VariantReport& one : now.variants) one.case_hash = "fedcba9876543210";
  const Diff diff = make_diff(old, now);
  REQUIRE(diff.entries.size() == 1);
  CHECK(diff.entries[0].change == Change::case_changed);
  CHECK(diff.same == 1);
}

TEST_CASE("diff: new, gone, and what was only not chosen") {
  const std::vector<Report> old = {report({variant("a.b", Status::pass)})};
  Report now = report({variant("a.c", Status::fail, "1")});
  const Diff chosen = make_diff(old, now);
  CHECK(chosen.count(Change::fresh) == 1);
  CHECK(chosen.count(Change::gone) == 0);
  CHECK(chosen.not_run == 1);
  now.case_set = "1";
  const Diff gone = make_diff(old, now);
  CHECK(gone.count(Change::gone) == 1);
  CHECK(gone.not_run == 0);
  now.complete = false;
  CHECK(make_diff(old, now).count(Change::gone) == 0);
}

TEST_CASE("diff: run again, a suspect is confirmed or let go") {
  Diff diff = diff_of({Status::pass}, Status::fail);
  Diff let_go = diff;
  Diff unknown = diff;
  confirm(diff, {variant("a.b", Status::pass), variant("a.b", Status::fail, "1")});
  CHECK(diff.count(Change::regressed) == 1);
  CHECK(diff.entries[0].note == "run again here 2 times: 1 failed");
  confirm(let_go, {variant("a.b", Status::pass), variant("a.b", Status::pass)});
  CHECK(let_go.count(Change::regressed) == 0);
  CHECK(let_go.count(Change::unconfirmed) == 1);
  confirm(unknown, {variant("a.b", Status::error, "1")});
  CHECK(unknown.count(Change::regressed) == 1);
}

/// A diff with every kind of change but the unconfirmed, and one unlike condition.
struct Everything {
  std::vector<Report> olds;
  Report now;
  Everything() {
    using S = Status;
    Report first =
        report({variant("a.regressed", S::pass), variant("a.flaky", S::fail, "1"), variant("a.same", S::pass),
                variant("a.changed", S::fail, "1"), variant("a.case-changed", S::pass), variant("a.lost", S::pass),
                variant("a.fixed", S::fail, "7"), variant("a.gone", S::pass), variant("a.still", S::fail, "3")});
    Report second = first;
    second.variants[1] = variant("a.flaky", S::pass);
    now = report({variant("a.regressed", S::fail, "-1 EINVAL"), variant("a.flaky", S::fail, "1"),
                  variant("a.same", S::pass), variant("a.changed", S::fail, "2"),
                  variant("a.case-changed", S::fail, "1"), variant("a.lost", S::miss, "no sandbox"),
                  variant("a.fixed", S::pass), variant("a.still", S::fail, "3"), variant("a.new", S::pass)});
    now.variants[0].verdict.line = 12;
    now.variants[4].case_hash = "fedcba9876543210";
    now.case_set = "1";
    now.platform.kernel_release = "6.1.0-51-amd64";
    now.platform.sysctls["kernel.sem"] = "1 1 1 1";
    olds = {first, second};
  }
};

TEST_CASE("diff: the terminal tells the worst first") {
  const Everything all;
  const Diff diff = make_diff(all.olds, all.now);
  const std::string text = diff_to_terminal(diff, {}, false);
  INFO(text);
  std::size_t last = 0;
  for (const char* line :
       {"  unlike  sysctl kernel.sem: 32000 1024000000 500 32000, now 1 1 1 1\n", "  differs kernel release: ",
        "\n1 regressed: went well before, and fails now\n  a.regressed: PASS PASS -> FAIL\n      expected 0, got -1 "
        "EINVAL\n"
        "      cases/a/file.json:12\n",
        "\n1 flaky: ", "\n1 changed: ", "      before: 1\n      now:    2\n",
        "\n1 case changed: ", "\n1 lost: ", "\n1 fixed: ", "\n1 new: ", "\n1 gone: ",
        "\n1 regressed, 1 flaky, 1 changed, 1 case changed, 1 lost, 1 fixed, 1 new, 1 gone; 2 the same (1 of them FAIL "
        "as "
        "before)\n"}) {
    const std::size_t at = text.find(line);
    INFO(line);
    REQUIRE(at != std::string::npos);
    CHECK(at >= last);
    last = at;
  }
}

TEST_CASE("diff: Markdown and JSON say the same") {
  const Everything all;
  const Diff diff = make_diff(all.olds, all.now);
  const nlohmann::json json = nlohmann::json::parse(diff_to_json(diff));
  const std::string markdown = diff_to_markdown(diff);
  CHECK_FALSE(json.at("comparable").get<bool>());
  CHECK(json.at("changes").size() == 8);
  for (const auto& one : json.at("changes")) {
    const std::string variant = one.at("variant");
    INFO(variant);
    CHECK(one.at("change").get<std::string>() == (variant == "a.case-changed" ? "case changed" : variant.substr(2)));
    CHECK(markdown.find("- `" + variant + "`: ") != std::string::npos);
  }
  CHECK(json.at("counts").at("regressed") == 1);
  CHECK(diff_to_markdown(diff, 1'500).size() < 2'000);
}

}  // namespace
}  // namespace kipc
