#include "explore/trial.hpp"

#include <algorithm>

#include "explore/free_running.hpp"
#include "language/print.hpp"

namespace kipc {
namespace {

/// "/script/12/steps/0" -> 12.
std::size_t index_of(const std::string& pointer) {
  constexpr std::string_view kStart = "/script/";
  return pointer.rfind(kStart, 0) == 0
             ? static_cast<std::size_t>(std::strtoul(pointer.c_str() + kStart.size(), nullptr, 10))
             : 0;
}

bool was_missed(const Replay& replay, const Verdict& verdict, std::size_t at) {
  if (verdict.status == Status::miss) return true;  // the machine was too slow, or refused a sandbox
  if (verdict.pointer.empty()) return false;
  // Where the script leaves open who wins, another run may not have the same names.
  if (verdict.pointer.rfind("/check/", 0) == 0) return verdict.reason.find("nothing was taken") != std::string::npos;
  const auto says = [&](const char* words) { return verdict.reason.find(words) != std::string::npos; };
  const bool other_way = verdict.status == Status::error && (says("could not be made") || says("on this line"));
  return other_way || at < replay.prefix.size() || replay.doing.count(at - replay.prefix.size()) != 0;
}

bool stands_still(const History& history) {
  return std::any_of(history.events.begin(), history.events.end(),
                     [](const Event& event) { return event.kind == Event::Kind::standstill; });
}

}  // namespace

Verdict Trials::watch(const Case& source, const Variant& variant, const Program& program,
                      const std::vector<Moment>& moments, History& history) const {
  RunOptions watched = options_;
  watched.snapshots = true;
  watched.moments = moments;
  history = run_variant(program, source, variant, watched);
  return judge(program, history, catalogue_);
}

Trial Trials::run(const ReplayMaker& maker, const Replay& replay, bool only_needed) const {
  Trial trial;
  Lines lines = replay.prefix;
  lines.insert(lines.end(), replay.lines.begin(), replay.lines.end());
  trial.text = maker.text_of(replay.point, lines, only_needed, replay.check);
  try {
    const Case again = load_case(trial.text, "explored.json");
    const Variant& variant = again.variants.at(0);
    const auto program = compile(again, variant);
    RunOptions options = options_;
    options.snapshots = replay.runs_freely;
    const History history = run_variant(*program, again, variant, options);
    const Verdict verdict = judge(*program, history, catalogue_);
    trial.fine = is_fine(verdict.status);
    if (trial.fine) return trial;
    if (replay.runs_freely && stands_still(history)) {
      trial.reason = who_should_be_awake(*program, history);
      trial.fine = trial.reason.empty();
      trial.at = lines.size() - 1;
      trial.history = history_lines(*program, history);
      return trial;
    }
    trial.at = verdict.pointer.empty() ? lines.size() : index_of(verdict.pointer);
    trial.missed = was_missed(replay, verdict, trial.at);
    trial.reason = verdict.reason;
    trial.history = history_lines(*program, history);
  } catch (const CaseError& error) {
    trial.at = lines.size();
    trial.reason = "kipc made a case that it does not understand: " + error.problem.text();
  }
  return trial;
}

}  // namespace kipc
