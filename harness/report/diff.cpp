#include "report/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace kipc {
namespace {

enum class Says { well, wrong, nothing };

/// Whether a status says something of the platform. A known deviation is as it was expected to be.
Says told(Status status) {
  switch (status) {
    case Status::pass:
    case Status::xfail:
    case Status::done:
    case Status::xpass: return Says::well;  // of the platform, XPASS says that it keeps the promise
    case Status::fail: return Says::wrong;
    default: return Says::nothing;
  }
}

std::string answer_of(const VariantReport& variant) {
  const Verdict& verdict = variant.verdict;
  const bool wrong = verdict.status == Status::fail || verdict.status == Status::xfail;
  if (wrong) return verdict.got.empty() ? verdict.reason : verdict.got;
  std::vector<std::string> answers;
  for (const Answer& answer : verdict.answers) answers.push_back(answer.question + ": " + answer.answer);
  return join(answers, "; ");
}

using States = std::map<std::string, VariantState>;

States states_of(const Report& report) {
  States states;
  for (const VariantReport& variant : report.variants) {
    VariantState& state = states[variant.variant_id];
    ++state.runs;
    state.failed += told(variant.verdict.status) == Says::wrong ? 1 : 0;
    state.well += told(variant.verdict.status) == Says::well ? 1 : 0;
    if (state.worst != nullptr && variant.verdict.status >= state.status) continue;
    state.status = variant.verdict.status;
    state.answer = answer_of(variant);
    state.hash = variant.case_hash;
    state.worst = &variant;
  }
  return states;
}

/// What the OLDs say of one variant.
struct Past {
  std::vector<Status> statuses;
  const VariantState* last = nullptr;  // the newest that told something, or else the newest
  bool well = false;
  bool wrong = false;

  void add(const VariantState& state) {
    statuses.push_back(state.status);
    const Says now = told(state.status);
    const bool last_told = last != nullptr && told(last->status) != Says::nothing;
    if (now != Says::nothing || !last_told) last = &state;
    well = well || state.well > 0;
    wrong = wrong || state.failed > 0;
  }
};

void judge_change(const Past& past, const VariantState& now, DiffEntry& entry) {
  const Says before = told(past.last->status);
  const Says after = told(now.status);
  const bool other_answer = past.last->answer != now.answer;
  const bool other_end = past.last->status != now.status || (other_answer && after != Says::nothing);
  if (past.last->hash != now.hash && !past.last->hash.empty()) {
    entry.change = other_end ? Change::case_changed : Change::same;
    if (other_end) entry.note = "the case itself has changed";
    return;
  }
  if (past.well && past.wrong) {
    entry.change = Change::flaky;
    const auto failed = std::count(past.statuses.begin(), past.statuses.end(), Status::fail);
    entry.note = past.statuses.size() > 1
                     ? fmt::format("failed in {} of {} earlier reports", failed, past.statuses.size())
                     : fmt::format("failed in {} of {} earlier runs", past.last->failed, past.last->runs);
    return;
  }
  if (after == Says::nothing) {
    entry.change = before == Says::nothing ? Change::same : Change::lost;
  } else if (before == Says::nothing) {
    entry.change = Change::fresh;
    entry.note = "did not run before";
  } else if (past.last->status == Status::xfail && now.status == Status::fail && !other_answer) {
    entry.change = Change::changed;
    entry.note = "the same answer, but no known deviation any more";
  } else if (after == Says::wrong && before == Says::well) {
    entry.change = Change::regressed;
    if (now.failed < now.runs) entry.note = fmt::format("fails in {} of {} runs", now.failed, now.runs);
  } else if (before == Says::wrong && after == Says::well && now.status != Status::xfail) {
    entry.change = Change::fixed;
  } else if (past.last->status == Status::xfail && (now.status == Status::pass || now.status == Status::xpass)) {
    entry.change = Change::fixed;
    entry.note = "a known deviation is gone";
  } else if (now.status == Status::xfail && past.last->status != Status::xfail) {
    entry.change = Change::changed;
    entry.note = "a known deviation now";
  } else {
    entry.change = other_answer ? Change::changed : Change::same;
  }
}

}  // namespace

const std::vector<ChangeRow>& changes() {
  static const std::vector<ChangeRow> kChanges = {
      {Change::regressed, "regressed", "went well before, and fails now"},
      {Change::unconfirmed, "unconfirmed", "failed in NEW, and not when it was run again"},
      {Change::flaky, "flaky", "fails at times"},
      {Change::changed, "changed", "gives another answer"},
      {Change::case_changed, "case changed", "came to another end, but the case asks something else now"},
      {Change::lost, "lost", "was told before, and could not be told now"},
      {Change::fixed, "fixed", "failed before, and goes well now"},
      {Change::fresh, "new", "was not told before"},
      {Change::gone, "gone", "is not there any more"},
      {Change::same, "same", "as before"},
  };
  return kChanges;
}

std::string_view name_of(Change change) { return changes()[static_cast<std::size_t>(change)].name; }

std::size_t Diff::count(Change change) const {
  return static_cast<std::size_t>(
      std::count_if(entries.begin(), entries.end(), [&](const DiffEntry& entry) { return entry.change == change; }));
}

Diff make_diff(const std::vector<Report>& olds, const Report& after) {
  Diff diff;
  diff.olds = olds.size();
  diff.differences = platform_differences(olds.back(), after);
  diff.comparable = comparable(diff.differences);
  diff.before_platform = platform_line(olds.back());
  diff.after_platform = platform_line(after);
  diff.costs = diff_costs(olds, after, diff.comparable);
  std::vector<States> earlier;
  for (const Report& old : olds) earlier.push_back(states_of(old));
  const States now = states_of(after);
  std::map<std::string, Past> all;
  for (const States& states : earlier)
    for (const auto& [id, state] : states) all[id].add(state);
  for (const auto& [id, state] : now) all.try_emplace(id);

  // The same cases, or no case of that variant any more: else it just was not chosen.
  const bool same_cases = olds.back().case_set == after.case_set;
  for (const auto& [id, past] : all) {
    DiffEntry entry;
    entry.variant = id;
    entry.before = past.statuses;
    const auto at = now.find(id);
    if (past.last != nullptr) entry.before_answer = past.last->answer;
    if (at == now.end()) {
      if (same_cases || !after.complete) {
        ++diff.not_run;
        continue;
      }
      entry.change = Change::gone;
      entry.report = past.last->worst;
    } else {
      entry.after = at->second.status;
      entry.after_answer = at->second.answer;
      entry.report = at->second.worst;
      if (past.last == nullptr)
        entry.change = Change::fresh;
      else
        judge_change(past, at->second, entry);
    }
    if (entry.change == Change::same) {
      ++diff.same;
      diff.still_failing += entry.after == Status::fail ? 1 : 0;
    } else {
      diff.entries.push_back(std::move(entry));
    }
  }
  const auto worse = [](const DiffEntry& a, const DiffEntry& b) { return a.change < b.change; };
  std::stable_sort(diff.entries.begin(), diff.entries.end(), worse);
  return diff;
}

void confirm(Diff& diff, const std::vector<VariantReport>& ran) {
  for (DiffEntry& entry : diff.entries) {
    if (entry.change != Change::regressed) continue;
    int runs = 0;
    int failed = 0;
    for (const VariantReport& variant : ran)
      if (variant.variant_id == entry.variant) {
        runs += told(variant.verdict.status) != Says::nothing ? 1 : 0;
        failed += told(variant.verdict.status) == Says::wrong ? 1 : 0;
      }
    if (runs == 0) {
      entry.note = "it could not be run again here";
      continue;
    }
    entry.note = fmt::format("run again here {} times: {} failed", runs, failed);
    if (failed == 0) entry.change = Change::unconfirmed;
  }
  const auto worse = [](const DiffEntry& a, const DiffEntry& b) { return a.change < b.change; };
  std::stable_sort(diff.entries.begin(), diff.entries.end(), worse);
}

}  // namespace kipc
