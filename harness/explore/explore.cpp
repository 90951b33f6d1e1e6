#include "explore/explore.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/space.hpp"
#include "explore/free_running.hpp"
#include "explore/lines.hpp"
#include "explore/minimize.hpp"
#include "explore/replay.hpp"
#include "explore/trial.hpp"
#include "platform/requirement.hpp"

namespace kipc {
namespace {

/// Of a large group the first, the second and the last: the others are where these are.
bool speaks_for_others(const Program& program, int actor) {
  for (const ActorGroup& group : program.scope.groups) {
    const int member = actor - group.base;
    if (member < 0 || member >= group.count) continue;
    return member < 2 || member == group.count - 1;
  }
  return true;
}

/// The same numbers for the same text on any platform (FNV-1a).
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

class Sweep {
 public:
  Sweep(const Case& source, const Variant& variant, const RunOptions& options, const Exploring& what,
        const Catalogue& catalogue)
      : source_(source), variant_(variant), what_(what), trials_{options, catalogue} {}

  Exploration run() {
    program_ = compile(source_, variant_);
    if (!possible()) return std::move(result_);
    if (!watch({})) return std::move(result_);
    const std::vector<Moment> moments = ScriptLines(*program_, variant_).moments(history_);
    if (!moments.empty() && !watch(moments)) return std::move(result_);
    const ReplayMaker maker(source_, variant_, *program_, history_);
    for (const Snapshot& snapshot : *history_.snapshots) {
      explore_line(maker, snapshot);
      explore_within(maker, snapshot);
    }
    return std::move(result_);
  }

 private:
  bool possible() {
    const SandboxAbility& ability = sandbox_ability();
    for (const Requirement& need : program_->needs)
      if (const auto missing = unmet(need, ability)) {
        result_.refused = missing->what;
        return false;
      }
    if (program_->runs_programs) {
      result_.refused = "it runs programs, which make no promises";
      return false;
    }
    for (const Step* step : program_->steps)
      if (step->fault && step->fault->armed()) {
        result_.refused = "it arms faults of its own";
        return false;
      }
    return true;
  }

  bool watch(const std::vector<Moment>& moments) {
    const Verdict verdict = trials_.watch(source_, variant_, *program_, moments, history_);
    if (is_fine(verdict.status) && history_.snapshots) return true;
    result_.refused = fmt::format("without a fault it is {}: {}", row_of(verdict.status).name, verdict.reason);
    return false;
  }

  void explore_line(const ReplayMaker& maker, const Snapshot& snapshot) {
    for (const Snapshot::Living& living : snapshot.living) {
      // A thread dies with its process: that is explored by the actor that is the process.
      if (history_.actors[static_cast<std::size_t>(living.actor)].process != living.actor) continue;
      if (!speaks_for_others(*program_, living.actor)) continue;
      for (const Manner manner : what_.manners) {
        if (!is_in_sample(snapshot, living.actor, manner)) continue;
        if (const auto replay = maker.make(snapshot, living, manner)) perform(maker, *replay);
      }
    }
  }

  void explore_within(const ReplayMaker& maker, const Snapshot& snapshot) {
    if (std::find(what_.manners.begin(), what_.manners.end(), Manner::midway) == what_.manners.end()) return;
    for (const Replay& replay : free_running_points(source_, *program_, maker.script(), snapshot))
      if (is_chosen(replay.point.actor + replay.point.where + std::to_string(replay.point.line)))
        perform(maker, replay);
  }

  [[nodiscard]] bool is_in_sample(const Snapshot& snapshot, int actor, Manner manner) const {
    return is_chosen(fmt::format("{} {} {} {} {}", snapshot.line, snapshot.moment.step, snapshot.moment.round, actor,
                                 manner_name(manner)));
  }

  [[nodiscard]] bool is_chosen(const std::string& place) const {
    if (what_.one_in <= 1) return true;
    const std::uint64_t hash = hash_of(fmt::format("{} {} {}", what_.seed, variant_.id, place));
    return (hash >> 20U) % static_cast<std::uint64_t>(what_.one_in) == 0;
  }

  void perform(const ReplayMaker& maker, const Replay& replay) {
    Trial trial = trials_.run(maker, replay);
    const Point& point = replay.point;
    if (trial.missed) {
      result_.unreachable.push_back(fmt::format("{}: {} {} {}, at line {}: {}", variant_.id, manner_name(point.manner),
                                                point.actor, point.where, point.line, trial.reason));
      return;
    }
    ++result_.points;
    result_.owed += replay.owed;
    result_.with_unruled += replay.unruled.empty() ? 0 : 1;
    for (const std::string& call : replay.unruled) ++result_.unruled_calls[call];
    if (trial.fine) return;
    ++result_.violated;
    const auto same = [&](const Violation& known) { return known.whole_reason == trial.reason; };
    const auto known = std::find_if(result_.violations.begin(), result_.violations.end(), same);
    if (known != result_.violations.end()) {
      ++known->more;
      return;
    }
    Violation violation{point,       variant_.id, trial.reason, std::move(trial.history), std::move(trial.text),
                        trial.reason};
    if (what_.minimize && !replay.runs_freely) minimize(trials_, maker, replay, trial, violation);
    result_.violations.push_back(std::move(violation));
  }

  const Case& source_;
  const Variant& variant_;
  const Exploring& what_;
  Trials trials_;
  std::unique_ptr<Program> program_;
  History history_;
  Exploration result_;
};

}  // namespace

std::string_view manner_name(Manner manner) {
  switch (manner) {
    case Manner::kill: return "kill";
    case Manner::midway: return "midway";
    case Manner::stop_kill: return "stop";
    case Manner::terminate: return "term";
    case Manner::freeze: return "freeze";
    case Manner::error: return "error";
  }
  return "";
}

Exploration explore(const Case& source, const Variant& variant, const RunOptions& options, const Exploring& what,
                    const Catalogue& catalogue) {
  return Sweep(source, variant, options, what, catalogue).run();
}

}  // namespace kipc
