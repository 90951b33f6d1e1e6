#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>

#include "base/text.hpp"
#include "language/match.hpp"
#include "language/print.hpp"

namespace kipc {
namespace {

constexpr std::size_t kWidestLane = 16;

/// "   +12.3 µs", or as many blanks when the time is not known.
std::string time_text(const History& history, std::int64_t ns) {
  if (ns == 0 || history.begin_ns == 0) return std::string(13, ' ');
  return fmt::format("{:>10} µs", fmt::format("{:+.1f}", static_cast<double>(ns - history.begin_ns) / 1000.0));
}

/// A call shows when it was made, a call that had slept when it came back.
std::int64_t time_of(const Event& event) {
  const bool ending = event.kind == Event::Kind::resumed || event.kind == Event::Kind::came_back;
  return ending ? event.result.end_ns : event.result.begin_ns;
}

std::string end_text(int status) {
  if (status == -1) return "+++ ended +++";
  if (WIFSIGNALED(status))
    return fmt::format("+++ killed by {}{} +++", signal_name(WTERMSIG(status)),
                       WCOREDUMP(status) ? " (core dumped)" : "");
  return fmt::format("+++ exited with {} +++", WEXITSTATUS(status));
}

std::string signals_text(const std::vector<SigInfo>& signals) {
  std::vector<std::string> parts;
  for (const SigInfo& info : signals)
    parts.push_back(siginfo_type().print(std::string_view(reinterpret_cast<const char*>(&info), sizeof info)));
  return parts.empty() ? "no signal" : join(parts, ", ");
}

std::string result_of(const Step& step, const CallResult& result) {
  std::string text = result_text(*step.row, result);
  if (result.overrun) text += "  <wrote behind the buffer>";
  return text;
}

/// Finds the words for a history's pieces.
class Teller {
 public:
  Teller(const Program& program, const History& history) : program_(program), history_(history) {}

  Told run() {
    Told told;
    for (int actor = 0; actor < program_.scope.actor_count; ++actor) told.actors.push_back(name_of(actor));
    for (const Channel& channel : program_.channels) told.channels.push_back(channel.name);
    told.sections = program_.sections;
    for (const Event& event : history_.events) {
      const Step* call = step_of(event.call >= 0 ? event.call : event.step);
      told.events.push_back(piece(step_of(event.step), call, event_text(event)));
    }
    for (const BlockLog& log : history_.logs) told.logs.push_back(log_of(log));
    for (const Standing& standing : history_.standing) {
      const Step* step = step_of(standing.step);
      told.standing.push_back(piece(step, step, standing.state + at_line(standing.step)));
    }
    return told;
  }

 private:
  static Told::Piece piece(const Step* step, const Step* call, std::string text) {
    return {step == nullptr ? 0 : step->line,
            call == nullptr || call->row == nullptr ? "" : std::string(call->row->name), std::move(text)};
  }
  [[nodiscard]] const Step* step_of(int id) const {
    return id >= 0 && id < static_cast<int>(program_.steps.size()) ? program_.steps[static_cast<std::size_t>(id)]
                                                                   : nullptr;
  }
  [[nodiscard]] std::string name_of(int actor) const { return actor < 0 ? "" : program_.actor_name(actor); }
  [[nodiscard]] std::string at_line(int id) const {
    const Step* step = step_of(id);
    return step == nullptr ? "" : fmt::format(", line {}", step->line);
  }

  std::string event_text(const Event& event) const {
    const Step* step = step_of(event.step);
    const Step* call = step_of(event.call);
    if (call == nullptr) call = step;
    const std::string name = call != nullptr && call->row != nullptr ? std::string(call->row->name) : "call";
    const bool is_call = step != nullptr && step->kind == Step::Kind::call;
    const std::string made = is_call ? call_text(*step) : name;
    const std::string round = event.round >= 0 ? fmt::format("  [round {}]", event.round) : "";
    const auto came_back = [&] {
      const bool known = call != nullptr && call->row != nullptr;
      return fmt::format("<... {} resumed> = {}", name, known ? result_of(*call, event.result) : "?");
    };
    switch (event.kind) {
      case Event::Kind::returned:
        return is_call ? fmt::format("{} = {}{}", made, result_of(*step, event.result), round) : came_back() + round;
      case Event::Kind::slept: return fmt::format("{} <unfinished ... blocked>{}", made, round);
      case Event::Kind::resumed: return came_back() + round;
      case Event::Kind::not_resumed: return fmt::format("still in {}, though it should have come back", name);
      case Event::Kind::still_blocked: return "still in " + name;
      case Event::Kind::elsewhere: return fmt::format("at rest in {}, not in {}", event.text, name);
      case Event::Kind::came_back: return came_back() + ", where no line says so";
      case Event::Kind::handled: return fmt::format("--- {} handled ---", signals_text(event.signals));
      case Event::Kind::stray_signal:
        return fmt::format("--- {} handled ---, where no line says so", signals_text(event.signals));
      case Event::Kind::died: return end_text(event.status);
      case Event::Kind::stray_death: return end_text(event.status) + ", where no line says so";
      case Event::Kind::alive: return "alive, though it should have ended";
      case Event::Kind::started: return fmt::format("--- started by {} {{sigev_value={}}} ---", name, event.value);
      case Event::Kind::stray_start:
        return fmt::format("--- started {{sigev_value={}}} ---, where no line says so", event.value);
      case Event::Kind::not_started: return fmt::format("not started, though {} should have done it", name);
      case Event::Kind::armed: return fmt::format("{}  waits, by {}", fault_line(step), event.text);
      case Event::Kind::fault:
        return event.text.empty() ? fault_line(step) : fmt::format("{}  {}", fault_line(step), event.text);
      case Event::Kind::fault_not_fired: return fault_line(step) + "  never struck";
      case Event::Kind::chosen: return "it is this one" + chosen_name(step);
      case Event::Kind::standstill: return "nothing moves any more" + (event.text.empty() ? "" : ": " + event.text);
      case Event::Kind::counted: return "";
      case Event::Kind::never:
        return fmt::format("the outcome that ends the loop had not come after {} rounds", event.value);
      case Event::Kind::error: return "ERROR: " + event.text;
    }
    return "";
  }

  std::string fault_line(const Step* step) const {
    return step == nullptr ? "-- fault --" : step_line(program_, *step);
  }

  static std::string chosen_name(const Step* step) {
    const Node* as = step == nullptr ? nullptr : step->node.find("as");
    const Node* named = as == nullptr ? nullptr : as->find("named");
    return named == nullptr ? "" : ": " + named->text;
  }

  Told::Log log_of(const BlockLog& log) const {
    using What = Item::What;
    std::int64_t counts[6] = {};
    for (const Item& item : log.items) ++counts[static_cast<std::size_t>(item.what)];
    std::vector<std::string> parts = {fmt::format("{} calls", log.calls)};
    constexpr std::pair<What, const char*> kWords[] = {{What::put, "items put"},
                                                       {What::take, "items taken"},
                                                       {What::enter, "times in a section"},
                                                       {What::torn, "torn items"},
                                                       {What::partial, "unfinished items"}};
    for (const auto& [what, words] : kWords)
      if (const std::int64_t n = counts[static_cast<std::size_t>(what)]; n > 0)
        parts.push_back(fmt::format("{} {}", n, words));
    if (!log.mismatches.empty()) parts.push_back(fmt::format("{} unexpected results", log.mismatches.size()));
    if (log.overflow) parts.emplace_back("more than its log could hold");
    if (!log.finished) parts.emplace_back("not finished");
    Told::Log told;
    told.head = piece(step_of(log.block), nullptr, "concurrently: " + join(parts, ", "));
    for (const Mismatch& mismatch : log.mismatches) {
      const Step* step = step_of(mismatch.step);
      const bool is_call = step != nullptr && step->kind == Step::Kind::call;
      told.mismatches.push_back(
          piece(step, step,
                fmt::format("  round {}: {}{}{}", mismatch.round, is_call ? call_text(*step) + " = " : "",
                            is_call ? result_of(*step, mismatch.result) : "",
                            mismatch.why.empty() ? "" : "  " + mismatch.why)));
    }
    return told;
  }

  const Program& program_;
  const History& history_;
};

/// Lays the pieces out as lines.
class Lines {
 public:
  Lines(const Told& told, const History& history) : told_(told), history_(history) {
    const auto widen = [&](int actor) {
      if (const std::size_t size = name_of(actor).size(); size <= kWidestLane) width_ = std::max(width_, size);
    };
    for (const Event& event : history.events) widen(event.actor);
    for (const BlockLog& log : history.logs) widen(log.actor);
    for (const Standing& standing : history.standing) widen(standing.actor);
  }

  std::vector<std::string> run() {
    for (std::size_t i = 0; i < history_.events.size(); ++i) {
      const Event& event = history_.events[i];
      if (event.kind == Event::Kind::counted) continue;
      add_logs(event.step);
      add(time_of(event), event.actor, told_.events[i].text);
    }
    add_logs(-1);
    if (history_.end != History::End::completed && !history_.end_text.empty()) add(0, -1, history_.end_text);
    for (std::size_t i = 0; i < history_.standing.size(); ++i)
      add(0, history_.standing[i].actor, told_.standing[i].text);
    for (const Remaining& left : history_.remaining)
      add(0, -1, fmt::format("left behind: {} {}", left.kind, left.name.empty() ? std::to_string(left.id) : left.name));
    return std::move(lines_);
  }

 private:
  [[nodiscard]] std::string_view name_of(int actor) const {
    return actor < 0 || static_cast<std::size_t>(actor) >= told_.actors.size()
               ? std::string_view()
               : told_.actors[static_cast<std::size_t>(actor)];
  }
  void add(std::int64_t ns, int actor, const std::string& text) {
    lines_.push_back(fmt::format("{}  {:<{}}  {}", time_text(history_, ns), name_of(actor), width_, text));
  }

  /// The logs of the blocks that stand before the step; of all blocks for -1.
  void add_logs(int before) {
    while (next_log_ < history_.logs.size() && (before < 0 || history_.logs[next_log_].block < before)) {
      const BlockLog& log = history_.logs[next_log_];
      const Told::Log& told = told_.logs[next_log_++];
      add(log.items.empty() ? 0 : log.items.front().begin, log.actor, told.head.text);
      for (std::size_t i = 0; i < log.mismatches.size(); ++i)
        add(log.mismatches[i].result.begin_ns, log.actor, told.mismatches[i].text);
    }
  }

  const Told& told_;
  const History& history_;
  std::size_t width_ = 0;
  std::size_t next_log_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace

Told tell(const Program& program, const History& history) { return Teller(program, history).run(); }

std::vector<std::string> history_lines(const Told& told, const History& history) { return Lines(told, history).run(); }

std::vector<std::string> history_lines(const Program& program, const History& history) {
  return history_lines(tell(program, history), history);
}

}  // namespace kipc
