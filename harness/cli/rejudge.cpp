#include "cli/rejudge.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/work.hpp"
#include "judge/known.hpp"
#include "language/print.hpp"
#include "language/script.hpp"

namespace kipc::cli {
namespace {

using How = Rejudged::How;

const Variant* find_variant(const Case& source, const std::string& id) {
  const auto at = std::find_if(source.variants.begin(), source.variants.end(),
                               [&](const Variant& variant) { return variant.id == id; });
  return at == source.variants.end() ? nullptr : &*at;
}

/// True when every step that the history names is one of the program, of a kind that such an event can come from. A
/// history of another program would lead the judge astray.
bool names_steps_of(const Program& program, const History& history) {
  const auto count = static_cast<int>(program.steps.size());
  const auto known = [&](int step) { return step >= -1 && step < count; };
  const auto fits = [&](const Event& event) {
    if (!known(event.step) || !known(event.call)) return false;
    using Kind = Event::Kind;
    const bool has_step = event.step >= 0;
    const Step* step = has_step ? program.steps[static_cast<std::size_t>(event.step)] : nullptr;
    const Step* call = event.call >= 0 ? program.steps[static_cast<std::size_t>(event.call)] : step;
    const bool of_call = call != nullptr && call->row != nullptr;
    switch (event.kind) {
      case Kind::returned:
      case Kind::slept: return has_step && step->row != nullptr;
      case Kind::resumed: return has_step && event.call >= 0 && of_call;
      case Kind::came_back: return event.call >= 0 && of_call;
      case Kind::handled:
      case Kind::died:
      case Kind::started: return has_step;
      case Kind::chosen: return has_step && step->as.alias_cell >= 0;
      case Kind::counted: return has_step && step->counter.has_value();
      default: return true;
    }
  };
  const auto outs_fit = [](const Step& step, const CallResult& result) {
    return std::all_of(result.outs.begin(), result.outs.end(), [&](const Out& out) {
      return step.row != nullptr && static_cast<std::size_t>(out.param) < step.args.size();
    });
  };
  for (const Event& event : history.events) {
    if (!fits(event)) return false;
    const int call = event.call >= 0 ? event.call : event.step;
    if (!event.result.outs.empty() &&
        (call < 0 || !outs_fit(*program.steps[static_cast<std::size_t>(call)], event.result)))
      return false;
  }
  for (const BlockLog& log : history.logs) {
    if (log.block < 0 || !known(log.block)) return false;
    for (const Mismatch& mismatch : log.mismatches)
      if (mismatch.step < 0 || !known(mismatch.step)) return false;
  }
  for (const int step : history.measured)
    if (step < 0 || !known(step) || !program.steps[static_cast<std::size_t>(step)]->measure) return false;
  return std::all_of(history.standing.begin(), history.standing.end(),
                     [&](const Standing& standing) { return known(standing.step); });
}

/// What the history tells otherwise than the program would; "" when they agree to the letter.
std::string first_difference(const Told& stored, const Told& now) {
  const auto differ = [](const std::string& then, const std::string& here) {
    return fmt::format("the history has \"{}\", the case now makes \"{}\"", then, here);
  };
  if (stored.actors != now.actors) return "its actors are others now";
  if (stored.channels != now.channels || stored.sections != now.sections) return "its channels are others now";
  for (std::size_t i = 0; i < stored.events.size(); ++i)
    if (stored.events[i].text != now.events[i].text) return differ(stored.events[i].text, now.events[i].text);
  for (std::size_t i = 0; i < stored.logs.size(); ++i)
    if (stored.logs[i].head.text != now.logs[i].head.text)
      return differ(stored.logs[i].head.text, now.logs[i].head.text);
  return "";
}

/// True when the line at which the run ended is the last of the script: nothing behind it was left out.
bool ended_at_the_end(const Program& program, const History& history) {
  if (history.events.empty() || program.script.empty()) return false;
  return history.events.back().step == program.script.back().id;
}

Verdict judge_now(const Program& program, const History& history, const Catalogue& catalogue, bool changed) {
  Verdict verdict = judge(program, history, catalogue);
  if (!changed) return verdict;
  const auto undecided = [&](const std::string& why) {
    verdict.status = Status::miss;
    verdict.reason = "cannot be told from the history: " + why + "; run it again";
    verdict.expected.clear();
    verdict.got.clear();
    for (AssertionOutcome& outcome : verdict.assertions)
      outcome = {outcome.id, AssertionOutcome::What::not_reached, why};
  };
  const bool stopped = std::any_of(history.logs.begin(), history.logs.end(),
                                   [](const BlockLog& log) { return !log.mismatches.empty(); });
  if (stopped) {
    undecided("an actor stopped in `concurrently` at a result that was wrong for the case as it was");
  } else if (verdict.status == Status::error && verdict.reason == kNothingWrong) {
    if (!ended_at_the_end(program, history)) {
      undecided("the run ended at a line that was wrong for the case as it was, and is right now");
    } else {
      History whole = history;
      whole.end = History::End::completed;
      verdict = judge(program, whole, catalogue);
    }
  }
  return verdict;
}

}  // namespace

Rejudged judge_again(const VariantReport& stored, const Library& library, const std::vector<Deviation>& known) {
  Rejudged made;
  made.report = stored;
  const auto leave = [&](How how, std::string why = "") {
    made.how = how;
    made.why = std::move(why);
    return made;
  };
  if (!stored.history) return leave(How::no_history);
  const Case* source = library.find(stored.case_id);
  const Variant* variant = source == nullptr ? nullptr : find_variant(*source, stored.variant_id);
  if (variant == nullptr) return leave(How::no_case);
  const auto program = compile(*source, *variant);
  const History& history = stored.history->history;
  if (!names_steps_of(*program, history)) return leave(How::not_the_same, "its lines are others now");
  if (std::string difference = first_difference(stored.history->told, tell(*program, history)); !difference.empty())
    return leave(How::not_the_same, std::move(difference));
  const bool changed = source->hash != stored.case_hash;
  made.how = changed ? How::by_changed : How::judged;
  made.report.verdict = judge_now(*program, history, library.catalogue, changed);
  made.report.enable.clear();
  made.report.title = source->title;
  made.report.file = source->file;
  made.report.case_hash = source->hash;
  made.report.history->told = tell(*program, history);
  excuse(stored.unmet, made.report);
  apply_deviations(made.report.verdict, stored.variant_id, known);
  return made;
}

}  // namespace kipc::cli
