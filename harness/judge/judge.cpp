#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "engine/conductor.hpp"
#include "judge/costs.hpp"
#include "judge/leaks.hpp"
#include "judge/traffic.hpp"
#include "judge/verdict.hpp"
#include "language/match.hpp"
#include "language/print.hpp"

namespace kipc {
namespace {

class Judge {
 public:
  Judge(const Program& program, const History& history, const Catalogue& catalogue)
      : program_(program), history_(history), catalogue_(catalogue), env_(program, history) {
    find_parents(program.script, nullptr);
    for (const std::string& id : program.asserts)
      if (const Assertion* assertion = catalogue.find(id)) areas_.insert(assertion->area);
  }

  Verdict run() {
    verdict_.status = Status::pass;
    if (history_.end == History::End::no_sandbox) {
      set(Status::miss, nullptr, "the sandbox could not be made: " + history_.end_text);
    } else if (history_.end == History::End::broken) {
      set(Status::error, nullptr, history_.end_text.empty() ? "kipc broke" : history_.end_text);
    } else {
      read_events();
      if (open()) read_logs();
      if (open() && history_.end == History::End::deadline) read_deadline();
      if (open() && history_.end == History::End::diverged) set(Status::error, nullptr, std::string(kNothingWrong));
      if (open()) run_checks();
      if (open()) read_costs();
      if (open()) read_nameless();
      if (open())
        if (std::string leak = find_leak(program_, history_); !leak.empty())
          set(Status::fail, nullptr, "leak: " + leak);
    }
    settle_assertions();
    finish();
    return std::move(verdict_);
  }

 private:
  bool open() const { return verdict_.status == Status::pass; }

  void find_parents(const std::vector<Step>& steps, const Step* parent) {
    for (const Step& step : steps) {
      parents_[&step] = parent;
      find_parents(step.steps, &step);
    }
  }
  const Step* parent_of(const Step* step) const {
    const auto found = parents_.find(step);
    return found == parents_.end() ? nullptr : found->second;
  }
  const Step* step_at(int id) const { return id < 0 ? nullptr : program_.steps[static_cast<std::size_t>(id)]; }

  /// The assertions that a line carries: its own, or those of the block around it; of a case with one, that one.
  std::vector<std::string> asserts_of(const Step* step) const {
    for (const Step* at = step; at != nullptr; at = parent_of(at))
      if (!at->asserts.empty()) return at->asserts;
    return {};
  }

  /// Set-up is what belongs to another mechanism than the asserted ones and carries no assertion itself.
  bool is_under_test(const Step* step) const {
    if (step == nullptr || !asserts_of(step).empty() || step->row == nullptr) return true;
    return std::any_of(step->row->areas.begin(), step->row->areas.end(),
                       [&](std::string_view area) { return areas_.count(std::string(area)) != 0; });
  }

  void set(Status status, const Step* step, std::string reason, int actor = -1) {
    verdict_.status = status;
    verdict_.reason = std::move(reason);
    failing_ = step;
    if (step == nullptr) return;
    verdict_.line = step->line;
    verdict_.pointer = step->pointer;
    verdict_.step = step_line(program_, *step);
    if (actor >= 0 && program_.scope.groups.size() > 1)
      verdict_.reason = fmt::format("{}: {}", program_.actor_name(actor), verdict_.reason);
  }

  /// What a program does by itself is its own doing, on whatever line it shows.
  void fail_at(const Step* step, std::string why, int actor, bool by_itself = false) {
    const bool guilty = is_under_test(step) || (by_itself && programs_.count(actor) != 0);
    if (!guilty) why += " (this line is set-up: it belongs to no asserted mechanism)";
    const std::size_t got = why.find(", got ");
    if (why.rfind("expected ", 0) == 0 && got != std::string::npos) {
      verdict_.expected = why.substr(9, got - 9);
      verdict_.got = why.substr(got + 6);
    }
    const std::string call = step != nullptr && step->row != nullptr ? std::string(step->row->name) + ": " : "";
    set(guilty ? Status::fail : Status::error, step, call + why, actor);
  }

  // --- events
  // ----------------------------------------------------------------------------------------------------------
  void read_events() {
    for (const Event& event : history_.events) {
      if (!open()) return;
      try {
        read_event(event);
      } catch (const EvalError& error) {
        set(Status::error, step_at(event.step), "the expectation cannot be evaluated: " + error.text, event.actor);
      }
    }
  }

  void read_event(const Event& event) {
    const Step* step = step_at(event.step);
    env_.act_as(event.actor);
    if (step != nullptr) performed_.insert(step);
    switch (event.kind) {
      case Event::Kind::returned: read_returned(*step, event); break;
      case Event::Kind::slept: read_slept(*step, event); break;
      case Event::Kind::resumed: read_resumed(*step, *step_at(event.call), event); break;
      case Event::Kind::not_resumed:
        fail_at(step, "expected it to return, got a call that sleeps on while everyone else is quiescent", event.actor);
        break;
      case Event::Kind::still_blocked: break;
      case Event::Kind::elsewhere:
        fail_at(step,
                fmt::format("expected a program asleep in {}, got one at rest in {}", step->row->name, event.text),
                event.actor, true);
        break;
      case Event::Kind::came_back: {
        const Step& call = *step_at(event.call);
        const std::string got =
            fmt::format("expected it to sleep on, got a return: {}", result_text(*call.row, event.result));
        fail_at(step != nullptr && step->kind == Step::Kind::blocked ? step : &call, got, event.actor);
        break;
      }
      case Event::Kind::handled: {
        std::string why;
        if (!match_handled(*step, event.signals, env_, &why)) fail_at(step, why, event.actor);
        break;
      }
      case Event::Kind::stray_signal: {
        std::vector<std::string> names;
        for (const SigInfo& info : event.signals) names.push_back(signal_name(info.signo));
        fail_at(step, fmt::format("expected no further signal, got {} handled", join(names, ", ")), event.actor);
        break;
      }
      case Event::Kind::died: read_died(*step, event); break;
      case Event::Kind::stray_death:
        fail_at(step,
                fmt::format("expected {} to live, got its death: {}", program_.actor_name(event.actor),
                            status_text(event.status)),
                event.actor, true);
        break;
      case Event::Kind::alive:
        fail_at(step, fmt::format("expected {} to die, got it alive and asleep", program_.actor_name(event.actor)),
                event.actor);
        break;
      case Event::Kind::started:
        if (step->starts_value && !match_integer(*step->starts_value, event.value, env_))
          fail_at(step,
                  fmt::format("expected sigev_value {}, got {}", matcher_text(*step->starts_value, env_), event.value),
                  event.actor);
        break;
      case Event::Kind::stray_start:
        fail_at(step,
                fmt::format("expected no notification here, got a thread started with sigev_value {}", event.value),
                event.actor);
        break;
      case Event::Kind::not_started:
        fail_at(step, "expected a notification thread to start, got none until the deadline", event.actor);
        break;
      case Event::Kind::armed:
      case Event::Kind::fault: break;
      case Event::Kind::fault_not_fired:
        set(Status::error, step, "the fault never struck: the actor had finished, or never came to the call",
            event.actor);
        break;
      case Event::Kind::chosen: env_.set_global(step->as.alias_cell, event.actor); break;
      case Event::Kind::counted:
        for (int actor = 0; actor < program_.scope.actor_count; ++actor)
          env_.cell(CellScope::actor, actor, step->counter->cell) = Cell{event.value, 1, 0};
        break;
      case Event::Kind::never: read_never(*step, event); break;
      case Event::Kind::standstill:
        read_logs();  // whoever stopped at a wrong result left the others waiting: that result is the reason
        if (!open()) break;
        fail_at(step, "expected the blocks to end, got a standstill: everyone who is left sleeps", -1);
        stand();
        break;
      case Event::Kind::error: set(Status::error, step, event.text, event.actor); break;
    }
  }

  void read_never(const Step& block, const Event& event) {
    const bool bounded = history_.end == History::End::diverged;
    std::string why = bounded ? fmt::format("expected the loop to end within {0} rounds, got {0} without", event.value)
                              : fmt::format("expected the loop to end, got {} rounds until the deadline", event.value);
    // The loop is set-up where its calls are.
    if (!is_under_test(&block.steps.back()))
      set(Status::error, &block, why + " (this line is set-up: it belongs to no asserted mechanism)", event.actor);
    else
      fail_at(&block, std::move(why), event.actor);
    stand();
  }

  void read_returned(const Step& step, const Event& event) {
    const CallResult& result = event.result;
    if (!result.error.empty()) {
      set(Status::error, &step, "the call could not be made: " + result.error, event.actor);
      return;
    }
    env_.bind(step, event.actor, result);
    if (step.made_base >= 0 && result.err == 0) {
      const int child = step.made_base + children_[&step]++;
      if (child < step.made_base + step.made_count) env_.fork(event.actor, child);
    }
    if (step.row->makes == Makes::image) env_.exec(event.actor);
    if (step.starts_program && result.err == 0) programs_.insert(event.actor);
    std::string why;
    const Step* loop = parent_of(&step);
    if (loop != nullptr && loop->until && &loop->steps.back() == &step &&
        matches(*loop->until, step, result, env_, why))
      return;
    hold(step, step, event);
  }

  /// `line` carries the expectation, `call` was performed.
  void hold(const Step& line, const Step& call, const Event& event) {
    std::string why;
    if (line.question) {
      const int answer = answer_of(*line.question, call, &event.result, env_, why);
      if (answer < 0)
        fail_at(&line, why, event.actor);
      else
        give(*line.question, answer);
    } else if (!matches(line.expect, call, event.result, env_, why)) {
      fail_at(&line, why, event.actor);
    }
  }

  void give(const Question& question, int answer) {
    env_.set_global(question.cell, answer);
    verdict_.answers.push_back(Answer{question.text, question.answers[static_cast<std::size_t>(answer)].first});
  }

  void read_slept(const Step& step, const Event& event) {
    std::string why;
    if (step.question) {
      const int answer = answer_of(*step.question, step, nullptr, env_, why);
      if (answer < 0)
        fail_at(&step, why, event.actor);
      else
        give(*step.question, answer);
    } else if (!allows_blocking(step.expect, env_)) {
      fail_at(&step, fmt::format("expected {}, got a call that blocks", expectation_text(step.expect, env_)),
              event.actor);
    }
  }

  void read_resumed(const Step& line, const Step& call, const Event& event) {
    if (!event.result.error.empty()) {
      set(Status::error, &line, "the call could not be made: " + event.result.error, event.actor);
      return;
    }
    env_.bind(call, event.actor, event.result);
    hold(line, call, event);
  }

  void read_died(const Step& step, const Event& event) {
    if (step.kind != Step::Kind::dies) return;  // _exit, or a call that was expected to kill
    const bool right = step.dies_signal != 0 ? WIFSIGNALED(event.status) && WTERMSIG(event.status) == step.dies_signal
                                             : WIFEXITED(event.status) && WEXITSTATUS(event.status) == step.dies_status;
    if (right) return;
    const std::string wanted = step.dies_signal != 0 ? "death by " + signal_name(step.dies_signal)
                                                     : fmt::format("exit with {}", step.dies_status);
    fail_at(&step, fmt::format("expected {}, got: {}", wanted, status_text(event.status)), event.actor);
  }

  // --- logs, deadline, checks
  // ---------------------------------------------------------------------------------------------
  void read_logs() {
    for (const BlockLog& log : history_.logs) {
      const Step* block = step_at(log.block);
      if (log.overflow) {
        set(Status::error, block, "more happened than the log can hold", log.actor);
        return;
      }
      mark_block(block);
      if (log.mismatches.empty()) continue;
      const Mismatch& first = log.mismatches.front();
      const Step* step = step_at(first.step);
      if (!first.result.error.empty()) {
        set(Status::error, step, "the call could not be made: " + first.why, log.actor);
      } else {
        fail_at(step, fmt::format("{}{}", first.why, first.round >= 0 ? fmt::format(" (round {})", first.round) : ""),
                log.actor);
      }
      return;
    }
  }

  void mark_block(const Step* block) {
    performed_.insert(block);
    if (const Step* outer = parent_of(block)) performed_.insert(outer);
    for (const Step& step : block->steps) mark_block(&step);
  }

  void stand() {
    for (const Standing& standing : history_.standing) {
      const Step* step = step_at(standing.step);
      verdict_.standing.push_back(fmt::format(
          "{}: {}{}", program_.actor_name(standing.actor), standing.state,
          step == nullptr || step->row == nullptr ? "" : fmt::format(" ({} at {})", step->row->name, step->pointer)));
    }
  }

  void read_deadline() {
    stand();
    const auto awake = [](const Standing& s) {
      return s.state.rfind("running", 0) == 0 || s.state.rfind("in unint", 0) == 0;
    };
    const bool busy = std::any_of(history_.standing.begin(), history_.standing.end(), awake);
    const auto stuck = std::find_if(history_.standing.begin(), history_.standing.end(),
                                    [](const Standing& s) { return s.state.rfind("asleep", 0) == 0; });
    const Step* step = stuck == history_.standing.end() ? nullptr : step_at(stuck->step);
    if (busy || step == nullptr) {
      const auto hidden = [](const Standing& s) { return s.state.rfind("in a call", 0) == 0; };
      const bool unseen = std::any_of(history_.standing.begin(), history_.standing.end(), hidden);
      const std::string_view why = !history_.end_text.empty() ? std::string_view(history_.end_text)
                                   : busy || !unseen          ? "somebody still runs"
                                                              : "whether anybody still runs cannot be seen here";
      set(Status::miss, step,
          fmt::format("the deadline is over and {}: the machine is too slow for it (--slow gives more time)", why));
      return;
    }
    fail_at(step, "hang: expected it to come to an end, got a sleep until the deadline", stuck->actor);
  }

  void read_nameless() {
    for (const Remaining& left : history_.remaining)
      if (left.kind == "nameless")
        set(Status::miss, nullptr,
            fmt::format("not all processes could be ended: {} (no pid namespace, and /proc lists none)", left.name));
  }

  void run_checks() {
    ActorNames names;
    for (int actor = 0; actor < program_.scope.actor_count; ++actor) names.push_back(program_.actor_name(actor));
    for (const Check& check : program_.checks) {
      std::string wrong;
      if (check.checker == "mutual-exclusion") {
        wrong = check_mutual_exclusion(passages_of(program_, history_, check.channel), names);
      } else if (check.checker == "prefix") {
        const Bytes bytes = bytes_of(program_, history_, check.channel);
        if (bytes.put.compare(0, bytes.taken.size(), bytes.taken) != 0)
          wrong = fmt::format("the {} bytes that were taken are no prefix of the {} that were put", bytes.taken.size(),
                              bytes.put.size());
      } else {
        const Traffic traffic = traffic_of(program_, history_, check.channel);
        using Checker = std::string (*)(const Traffic&, const ActorNames&);
        static const std::map<std::string, Checker, std::less<>> checkers = {
            {"at-most-once", check_at_most_once},       {"atomic-records", check_atomic_records},
            {"exactly-once", check_exactly_once},       {"fifo", check_fifo},
            {"fifo-per-sender", check_fifo_per_sender}, {"priority-order", check_priority_order},
            {"whole-records", check_whole_records}};
        if (traffic.takes.empty() && traffic.torn.empty())
          wrong = "nothing was taken: the check had nothing to look at";
        else
          wrong = checkers.at(check.checker)(traffic, names);
      }
      if (wrong.empty()) continue;
      verdict_.status = Status::fail;
      verdict_.reason = fmt::format("{} of \"{}\": {}", check.checker, check.channel_name, wrong);
      verdict_.expected = check.checker;
      verdict_.got = wrong;
      verdict_.line = check.line;
      verdict_.pointer = check.pointer;
      failing_check_ = &check;
      return;
    }
  }

  // --- costs
  // -----------------------------------------------------------------------------------------------------------
  void read_costs() {
    for (const int id : history_.measured) {
      const Step* step = step_at(id);
      std::string wrong;
      verdict_.costs.push_back(measured_cost(*step, history_, env_));
      try {
        wrong = wrong_cost(*step, verdict_.costs.back(), env_);
      } catch (const EvalError& error) {
        set(Status::error, step, "the cost cannot be evaluated: " + error.text);
        return;
      }
      if (wrong.empty()) continue;
      fail_at(step, wrong, -1);
      return;
    }
  }

  // --- assertions
  // --------------------------------------------------------------------------------------------------------
  void settle_assertions() {
    const bool on_lines =
        std::any_of(program_.steps.begin(), program_.steps.end(),
                    [](const Step* step) { return !step->asserts.empty(); }) ||
        std::any_of(program_.checks.begin(), program_.checks.end(), [](const Check& c) { return !c.asserts.empty(); });
    for (const std::string& id : program_.asserts) {
      bool carried = false;
      bool reached = false;
      bool judged = false;
      const auto carries = [&](const std::vector<std::string>& list) {
        return std::find(list.begin(), list.end(), id) != list.end();
      };
      for (const auto& [step, parent] : parents_) {
        if (!carries(step->asserts)) continue;
        carried = true;
        if (performed_.count(step) != 0 || any_performed(*step)) {
          reached = true;
          judged = judged || !step->question;
        }
      }
      for (const Check& check : program_.checks)
        if (carries(check.asserts)) carried = reached = judged = true;
      AssertionOutcome outcome;
      outcome.id = id;
      // Where assertions stand on lines, which of them apply may depend on the variant; else all are the whole
      // script's.
      if (!carried)
        reached = judged = program_.asserts.size() == 1 || (!on_lines && history_.end == History::End::completed);
      const bool only_recorded = carried ? reached && !judged : !verdict_.answers.empty() && only_questions();
      if (verdict_.status != Status::pass) {
        const std::vector<std::string> guilty =
            failing_check_ != nullptr ? failing_check_->asserts : asserts_of(failing_);
        const bool blamed =
            verdict_.status == Status::fail && (std::find(guilty.begin(), guilty.end(), id) != guilty.end() ||
                                                (guilty.empty() && program_.asserts.size() == 1));
        outcome.what = blamed ? AssertionOutcome::What::failed : AssertionOutcome::What::not_reached;
        if (!blamed) outcome.note = "the run ended before";
      } else if (!reached) {
        outcome.note = "no line that carries it applies in this variant";
      } else {
        outcome.what = only_recorded ? AssertionOutcome::What::recorded : AssertionOutcome::What::verified;
      }
      verdict_.assertions.push_back(std::move(outcome));
    }
  }

  bool any_performed(const Step& step) const {
    return std::any_of(step.steps.begin(), step.steps.end(),
                       [&](const Step& inner) { return performed_.count(&inner) != 0 || any_performed(inner); });
  }
  bool only_questions() const {
    for (const Step* step : program_.steps)
      if (performed_.count(step) != 0 && step->row != nullptr && !step->question && is_under_test(step) &&
          !step->expect.outcomes.empty())
        return false;
    return true;
  }

  void finish() {
    if (verdict_.status == Status::pass) {
      const bool verified =
          std::any_of(verdict_.assertions.begin(), verdict_.assertions.end(),
                      [](const AssertionOutcome& o) { return o.what == AssertionOutcome::What::verified; });
      if (!verified) {
        std::vector<std::string> answers;
        for (const Answer& answer : verdict_.answers) answers.push_back(answer.question + ": " + answer.answer);
        verdict_.status = answers.empty() ? Status::error : Status::done;
        verdict_.reason =
            answers.empty() ? "no line that carries an assertion was reached" : "recorded: " + join(answers, "; ");
      }
      if (verdict_.status != Status::error) return;
    }
    if (verdict_.status == Status::miss && history_.events.empty()) return;
    verdict_.trace = history_lines(program_, history_);
    // What stands where and what is left is said elsewhere; the trace ends with the line that went wrong.
    const auto aside = [](const std::string& line) {
      return line.find("left behind: ") != std::string::npos ||
             line.find("asleep in system call") != std::string::npos ||
             line.find("idle: its last step") != std::string::npos;
    };
    verdict_.trace.erase(std::remove_if(verdict_.trace.begin(), verdict_.trace.end(), aside), verdict_.trace.end());
    constexpr std::size_t kAround = 8;
    if (verdict_.trace.size() > kAround)
      verdict_.trace.erase(verdict_.trace.begin(), verdict_.trace.end() - static_cast<std::ptrdiff_t>(kAround));
    for (std::size_t i = 0; i < verdict_.trace.size(); ++i) {
      const bool culprit =
          i + 1 == verdict_.trace.size() && failing_check_ == nullptr && history_.end != History::End::completed;
      verdict_.trace[i] = (culprit ? "> " : "  ") + verdict_.trace[i];
    }
    std::vector<std::string> guilty = failing_check_ != nullptr ? failing_check_->asserts : asserts_of(failing_);
    if (guilty.empty()) guilty = program_.asserts;
    if (verdict_.status != Status::fail) return;
    for (const std::string& id : guilty)
      if (const Assertion* assertion = catalogue_.find(id))
        verdict_.clauses.push_back(fmt::format("{}: {} ({})", id, assertion->statement, assertion->ref));
  }

  const Program& program_;
  const History& history_;
  const Catalogue& catalogue_;
  ReplayEnv env_;
  Verdict verdict_;
  std::set<std::string> areas_;
  std::set<int> programs_;  // actors that have become programs
  std::map<const Step*, const Step*> parents_;
  std::map<const Step*, int> children_;
  std::set<const Step*> performed_;
  const Step* failing_ = nullptr;
  const Check* failing_check_ = nullptr;
};

}  // namespace

Verdict judge(const Program& program, const History& history, const Catalogue& catalogue) {
  return Judge(program, history, catalogue).run();
}

}  // namespace kipc
