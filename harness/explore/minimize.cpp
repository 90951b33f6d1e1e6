#include "explore/minimize.hpp"

#include <algorithm>
#include <optional>

namespace kipc {
namespace {

/// A point whose script is a part of the case's, with all that it refers to.
struct Candidate {
  Case source;
  std::unique_ptr<Program> program;
  History history;
  std::optional<ReplayMaker> maker;
  Replay replay;
  Trial trial;
};

class Minimizer {
 public:
  Minimizer(const Trials& trials, const ReplayMaker& maker, const Replay& replay, const Trial& found)
      : trials_(trials), maker_(maker), whole_(replay) {
    const std::size_t behind = replay.prefix.size();
    if (found.at >= behind && found.at - behind < replay.lines.size()) missing_ = replay.lines[found.at - behind];
  }

  std::unique_ptr<Candidate> run() {
    if (missing_.empty()) return nullptr;  // no line says what is missing: a leak, or something at the very end
    best_ = attempt(whole_.prefix);
    if (best_ == nullptr) return nullptr;  // another run may go another way
    // Ever smaller pieces are left out (delta debugging); at the end each single line was tried.
    for (std::size_t size = std::max<std::size_t>(best_->replay.prefix.size() / 2, 1);; size /= 2) {
      bool smaller = leave_out_pieces(size);
      while (size == 1 && smaller) smaller = leave_out_pieces(size);
      if (size <= 1) break;
    }
    if (leave_out_actors()) leave_out_pieces(1);
    leave_out_findings();
    return std::move(best_);
  }

 private:
  bool leave_out_pieces(std::size_t size) {
    bool smaller = false;
    for (std::size_t end = best_->replay.prefix.size(); end > 0;) {
      const std::size_t begin = end > size ? end - size : 0;
      Lines fewer = best_->replay.prefix;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(begin), fewer.begin() + static_cast<std::ptrdiff_t>(end));
      if (auto found = attempt(fewer)) {
        best_ = std::move(found);
        smaller = true;
      }
      end = std::min(begin, best_->replay.prefix.size());
    }
    return smaller;
  }

  /// One actor with all its lines: each of them may need the others.
  bool leave_out_actors() {
    bool smaller = false;
    std::vector<std::string> names;
    for (const ActorGroup& group : best_->program->scope.groups) names.push_back(group.name);
    for (const std::string& name : names) {
      if (whole_.point.actor.rfind(name, 0) == 0) continue;
      Lines fewer = best_->replay.prefix;
      fewer.erase(std::remove_if(fewer.begin(), fewer.end(),
                                 [&](const std::string& line) {
                                   return line.find('"' + name + '"') != std::string::npos ||
                                          line.find('"' + name + '[') != std::string::npos;
                                 }),
                  fewer.end());
      if (fewer.size() == best_->replay.prefix.size()) continue;
      if (auto found = attempt(fewer)) {
        best_ = std::move(found);
        smaller = true;
      }
    }
    return smaller;
  }

  /// What others find has nothing to do with it.
  void leave_out_findings() {
    for (std::size_t i = best_->replay.lines.size(); i > 0; --i) {
      Replay fewer = best_->replay;
      if (fewer.lines[i - 1] == missing_ || fewer.doing.count(i - 1) != 0) continue;
      fewer.lines.erase(fewer.lines.begin() + static_cast<std::ptrdiff_t>(i) - 1);
      std::set<std::size_t> doing;
      for (const std::size_t at : fewer.doing) doing.insert(at >= i ? at - 1 : at);
      fewer.doing = std::move(doing);
      Trial trial = trials_.run(*best_->maker, fewer, true);
      if (!is_same(fewer, trial)) continue;
      best_->replay = std::move(fewer);
      best_->trial = std::move(trial);
    }
  }

  [[nodiscard]] bool is_same(const Replay& replay, const Trial& trial) const {
    const std::size_t behind = replay.prefix.size();
    return !trial.fine && !trial.missed && trial.at >= behind && trial.at - behind < replay.lines.size() &&
           replay.lines[trial.at - behind] == missing_;
  }

  /// The same point at the end of that script: it is fine without the fault, and with it the rules owe the same line,
  /// and that line is missed again.
  [[nodiscard]] std::unique_ptr<Candidate> attempt(const Lines& prefix) const {
    try {
      auto candidate = std::make_unique<Candidate>();
      Lines script = prefix;
      if (!whole_.next.empty()) script.push_back(whole_.next);
      if (script.empty()) return nullptr;
      candidate->source = load_case(maker_.text_of(whole_.point, script), "explored.json");
      const Variant& variant = candidate->source.variants.at(0);
      candidate->program = compile(candidate->source, variant);
      const Verdict verdict = trials_.watch(candidate->source, variant, *candidate->program, {}, candidate->history);
      if (!is_fine(verdict.status) || !candidate->history.snapshots) return nullptr;
      candidate->maker.emplace(candidate->source, variant, *candidate->program, candidate->history);
      for (const Snapshot& snapshot : *candidate->history.snapshots) {
        if (snapshot.line != static_cast<int>(prefix.size())) continue;
        for (const Snapshot::Living& living : snapshot.living) {
          if (candidate->program->actor_name(living.actor) != whole_.point.actor) continue;
          auto replay = candidate->maker->make(snapshot, living, whole_.point.manner);
          if (!replay) return nullptr;
          replay->point = whole_.point;
          replay->prefix = prefix;
          candidate->trial = trials_.run(*candidate->maker, *replay, true);
          candidate->replay = std::move(*replay);
          return is_same(candidate->replay, candidate->trial) ? std::move(candidate) : nullptr;
        }
      }
    } catch (const CaseError&) {  // a line needs another that is not there
    }
    return nullptr;
  }

  const Trials& trials_;
  const ReplayMaker& maker_;
  const Replay& whole_;
  std::string missing_;  // the line that the survivors are owed
  std::unique_ptr<Candidate> best_;
};

}  // namespace

void minimize(const Trials& trials, const ReplayMaker& maker, const Replay& replay, const Trial& found,
              Violation& violation) {
  const auto smallest = Minimizer(trials, maker, replay, found).run();
  if (smallest == nullptr) return;
  violation.reason = smallest->trial.reason;
  violation.history = smallest->trial.history;
  violation.replay = smallest->trial.text;
}

}  // namespace kipc
