#include "explore/explore.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "engine/space.hpp"
#include "explore/owed.hpp"
#include "language/print.hpp"
#include "platform/requirement.hpp"

namespace kipc {
namespace {

using Lines = std::vector<std::string>;

std::string quoted(const std::string& text) { return to_json(Node::string(text)); }

/// One point as a case: the script's lines before it, what is done there, and what is owed then.
struct Replay {
  Point point;
  std::size_t prefix = 0;  // lines that come from the case
  std::size_t done = 0;    // lines that do it
  std::int64_t owed = 0;
  std::string text;
};

bool is_fine(Status status) { return status == Status::pass || status == Status::done || status == Status::xfail; }

bool mentions(const Node& node, std::string_view word) { return to_json(node).find(word) != std::string::npos; }

/// The script line's call with another expectation, and nothing bound or recorded.
std::string call_with(const Node& line, const std::string& expect) {
  std::string text = "{";
  for (const Member& member : line.members) {
    static const std::vector<std::string_view> kLeftOut = {"expect", "record",  "puts", "takes", "enters",
                                                           "leaves", "asserts", "why",  "when"};
    if (std::find(kLeftOut.begin(), kLeftOut.end(), member.key) != kLeftOut.end()) continue;
    text += fmt::format("{}: {}, ", quoted(member.key), to_json(member.value));
  }
  return text + "\"expect\": " + expect + "}";
}

class Sweep {
 public:
  Sweep(const Case& source, const Variant& variant, const RunOptions& options, const std::vector<Manner>& manners,
        const Catalogue& catalogue)
      : source_(source),
        root_(source.root()),
        variant_(variant),
        options_(options),
        manners_(manners),
        catalogue_(catalogue) {
    options_.snapshots = false;
  }

  Exploration run() {
    program_ = compile(source_, variant_);
    if (!possible()) return std::move(result_);
    RunOptions watched = options_;
    watched.snapshots = true;
    history_ = run_variant(*program_, source_, variant_, watched);
    const Verdict verdict = judge(*program_, history_, catalogue_);
    if (!is_fine(verdict.status)) {
      result_.refused = fmt::format("without a fault it is {}: {}", row_of(verdict.status).name, verdict.reason);
      return std::move(result_);
    }
    for (const Snapshot& snapshot : history_.snapshots) explore_line(snapshot);
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

  void explore_line(const Snapshot& snapshot) {
    for (const Snapshot::Living& living : snapshot.living) {
      // A thread dies with its process: that is explored by the actor that is the process.
      if (history_.actors[static_cast<std::size_t>(living.actor)].process != living.actor) continue;
      if (!speaks_for_others(living.actor)) continue;
      for (const Manner manner : manners_)
        if (auto replay = make(snapshot, living, manner)) perform(*replay);
    }
  }

  [[nodiscard]] const Step* next_call(const Snapshot& snapshot, int actor) const {
    if (snapshot.line >= static_cast<int>(program_->script.size())) return nullptr;
    const Step& next = program_->script[static_cast<std::size_t>(snapshot.line)];
    const bool plain = next.kind == Step::Kind::call && next.as.kind == Actors::Kind::members && next.as.count == 1 &&
                       !next.as.one && next.as.base == actor && next.when.constant && !next.when.expression &&
                       next.when.answers.empty() && next.row->makes == Makes::nothing && !next.row->never_returns;
    return plain ? &next : nullptr;
  }

  std::optional<Replay> make(const Snapshot& snapshot, const Snapshot::Living& living, Manner manner) const {
    Replay replay;
    replay.point.line = snapshot.line;
    replay.point.actor = program_->actor_name(living.actor);
    replay.point.manner = manner;
    replay.point.where = where(snapshot, living);
    Lines prefix;
    for (int i = 0; i < snapshot.line; ++i) {
      const Step& step = program_->script[static_cast<std::size_t>(i)];
      if (step.when.constant) prefix.push_back(to_json(settled(step.node)));
    }
    replay.prefix = prefix.size();
    const Step* next = next_call(snapshot, living.actor);
    const std::string actor = quoted(replay.point.actor);
    std::set<int> dead;
    if (manner != Manner::error) dead.insert(living.actor);
    Lines lines;
    for (const int sleeper : unruled_sleepers(*program_, history_, snapshot, dead)) {
      if (dead.count(sleeper) != 0) continue;
      lines.push_back(fmt::format(R"({{"fault": "kill", "actor": {}}})", quoted(program_->actor_name(sleeper))));
      dead.insert(sleeper);
    }
    if (manner == Manner::error && dead.count(living.actor) != 0) return std::nullopt;
    std::string inexact;
    switch (manner) {
      case Manner::kill: break;
      case Manner::stop_kill: lines.push_back(fmt::format(R"({{"fault": "stop", "actor": {}}})", actor)); break;
      case Manner::terminate:
        // What the script does with signals may keep SIGTERM away.
        if (living.stopped || mentions(root_, "SIGTERM") || mentions(root_, "sigprocmask") ||
            mentions(root_, "pthread_sigmask") || mentions(root_, "SIGKILL"))
          return std::nullopt;
        lines.push_back(fmt::format(R"({{"fault": "signal", "signal": "SIGTERM", "actor": {}}})", actor));
        lines.push_back(fmt::format(R"({{"as": {}, "dies": "SIGTERM"}})", actor));
        break;
      case Manner::freeze:
        if (!freeze(next, living, snapshot, lines, inexact)) return std::nullopt;
        break;
      case Manner::error:
        if (!refuse(next, lines)) return std::nullopt;
        break;
    }
    if (manner != Manner::error && manner != Manner::terminate)
      lines.push_back(fmt::format(R"({{"fault": "kill", "actor": {}}})", actor));
    replay.done = lines.size();
    const Owed owed = owed_to_survivors(*program_, history_, snapshot, dead, inexact);
    replay.owed = static_cast<std::int64_t>(owed.reactions.size() + owed.findings.size());
    lines.insert(lines.end(), owed.reactions.begin(), owed.reactions.end());
    lines.insert(lines.end(), owed.findings.begin(), owed.findings.end());
    replay.text = text_of(replay, prefix, lines);
    return replay;
  }

  /// The step without what this variant decides: conditions on parameters, and what explains them.
  [[nodiscard]] Node settled(const Node& node) const {
    Node made = node;
    made.items.clear();
    made.members.clear();
    for (const Node& item : node.items)
      if (holds(item)) made.items.push_back(settled(item));
    for (const Member& member : node.members) {
      if (node.is_object() && member.key == "why" && node.find("expect") != nullptr) continue;
      Member kept = member;
      kept.value = settled(member.value);
      if (member.key == "when" && member.value.is_object()) {
        auto& conditions = kept.value.members;
        conditions.erase(std::remove_if(conditions.begin(), conditions.end(),
                                        [&](const Member& condition) { return parameter(condition.key) != nullptr; }),
                         conditions.end());
        if (conditions.empty()) continue;
      }
      made.members.push_back(std::move(kept));
    }
    return made;
  }

  /// False for a step that a parameter leaves out of this variant.
  [[nodiscard]] bool holds(const Node& item) const {
    const Node* when = item.find("when");
    if (when == nullptr || !when->is_object()) return true;
    return std::all_of(when->members.begin(), when->members.end(), [&](const Member& condition) {
      const Node* value = parameter(condition.key);
      return value == nullptr || *value == condition.value;
    });
  }

  [[nodiscard]] const Node* parameter(const std::string& name) const {
    const auto found = std::find_if(variant_.parameters.begin(), variant_.parameters.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    return found == variant_.parameters.end() ? nullptr : &found->second;
  }

  /// Of a large group the first, the second and the last: the others are where these are.
  [[nodiscard]] bool speaks_for_others(int actor) const {
    for (const ActorGroup& group : program_->scope.groups) {
      const int member = actor - group.base;
      if (member < 0 || member >= group.count) continue;
      return member < 2 || member == group.count - 1;
    }
    return true;
  }

  std::string where(const Snapshot& snapshot, const Snapshot::Living& living) const {
    if (living.blocked_in >= 0)
      return fmt::format("inside {}", program_->steps[static_cast<std::size_t>(living.blocked_in)]->row->name);
    if (const Step* next = next_call(snapshot, living.actor)) return fmt::format("before {}", next->row->name);
    if (snapshot.line > 0) {
      const Step& last = program_->script[static_cast<std::size_t>(snapshot.line - 1)];
      if (last.kind == Step::Kind::call && last.as.base == living.actor) return fmt::format("after {}", last.row->name);
    }
    return "idle";
  }

  /// The next call stops after the first byte of its copy.
  bool freeze(const Step* next, const Snapshot::Living& living, const Snapshot& snapshot, Lines& lines,
              std::string& inexact) const {
    const bool root = std::any_of(program_->roots.begin(), program_->roots.end(), [&](const ActorProperties& group) {
      return living.actor >= group.base && living.actor < group.base + group.count;
    });
    if (next == nullptr || !root || living.blocked_in >= 0 || next->finite_time || next->row->sleeps.empty() ||
        unmet(Requirement{"fault", "userfaultfd", 0, {}}, sandbox_ability()))
      return false;
    const int data = next->row->param("data");
    if (data < 0 || next->row->name == "msgsnd" ||
        next->row->params[static_cast<std::size_t>(data)].direction != Direction::in)
      return false;
    const std::string actor = quoted(program_->actor_name(living.actor));
    lines.push_back(
        fmt::format(R"({{"fault": "freeze", "actor": {}, "call": "{}", "offset": 1}})", actor, next->row->name));
    lines.push_back(call_with(next->node, "\"blocks\""));
    if (const Node* object = next->node.find(next->row->params[0].name)) {
      const World world(*program_, history_, snapshot, {});
      const Snapshot::Open* open = world.find(living.actor, object->text);
      inexact = open != nullptr && open->kind == Snapshot::Open::Kind::fifo ? open->object : "";
    }
    return true;
  }

  /// The next call returns an error that its page lists for any platform, and nothing of it is done.
  static bool refuse(const Step* next, Lines& lines) {
    if (next == nullptr || system_calls_of(*next->row).empty() || next->row->returns == Returns::error) return false;
    const char* error = next->row->sleeps.empty() ? "ENOMEM" : "EINTR";
    const Node* as = next->node.find("as");
    if (as == nullptr || unmet(Requirement{"fault", "call", 0, {}}, sandbox_ability())) return false;
    lines.push_back(fmt::format(R"({{"fault": "errno", "actor": {}, "call": "{}", "error": "{}", "nth": 1}})",
                                to_json(*as), next->row->name, error));
    lines.push_back(call_with(next->node, fmt::format(R"({{"error": "{}"}})", error)));
    return true;
  }

  std::string text_of(const Replay& replay, const Lines& prefix, const Lines& lines) const {
    std::string text = "{\n";
    const auto line_of = [](const std::string& key, const std::string& value) {
      return fmt::format("  {}: {},\n", quoted(key), value);
    };
    text += line_of("id", quoted(source_.id + ".explored"));
    text +=
        line_of("title", quoted(fmt::format("{}; {} {} {}, at line {}", source_.title, manner_name(replay.point.manner),
                                            replay.point.actor, replay.point.where, replay.point.line)));
    text += line_of("asserts", to_json(*root_.find("asserts")));
    for (const char* key : {"actors", "requires", "sandbox"})
      if (const Node* node = root_.find(key)) text += line_of(key, to_json(*node));
    if (!variant_.parameters.empty()) {
      std::vector<std::string> parameters;
      for (const auto& [name, value] : variant_.parameters)
        parameters.push_back(fmt::format("{}: [{}]", quoted(name), to_json(value)));
      text += line_of("parameters", "{" + join(parameters, ", ") + "}");
    }
    std::vector<std::string> script;
    for (const std::string& line : prefix) script.push_back("    " + line);
    for (const std::string& line : lines) script.push_back("    " + line);
    return text + "  \"script\": [\n" + join(script, ",\n") + "\n  ]\n}\n";
  }

  void perform(const Replay& replay) {
    try {
      const Case again = load_case(replay.text, "explored.json");
      const Variant& variant = again.variants.at(0);
      const auto program = compile(again, variant);
      const History history = run_variant(*program, again, variant, options_);
      const Verdict verdict = judge(*program, history, catalogue_);
      const std::size_t at = index_of(verdict.pointer);
      // Where the script leaves open who wins, another run may not have the same names.
      const bool other_way =
          verdict.status == Status::error && verdict.reason.find("could not be made") != std::string::npos;
      if (!is_fine(verdict.status) && !verdict.pointer.empty() && (other_way || at < replay.prefix + replay.done)) {
        result_.unreachable.push_back(fmt::format("{}: {} {} {}, at line {}: {}", variant_.id,
                                                  manner_name(replay.point.manner), replay.point.actor,
                                                  replay.point.where, replay.point.line, verdict.reason));
        return;
      }
      ++result_.points;
      result_.owed += replay.owed;
      if (is_fine(verdict.status)) return;
      result_.violations.push_back(
          Violation{replay.point, variant_.id, verdict.reason, history_lines(*program, history), replay.text});
    } catch (const CaseError& error) {
      ++result_.points;
      result_.violations.push_back(Violation{replay.point,
                                             variant_.id,
                                             "kipc made a case that it does not understand: " + error.problem.text(),
                                             {},
                                             replay.text});
    }
  }

  /// "/script/12/steps/0" -> 12.
  static std::size_t index_of(const std::string& pointer) {
    constexpr std::string_view kStart = "/script/";
    return pointer.rfind(kStart, 0) == 0
               ? static_cast<std::size_t>(std::strtoul(pointer.c_str() + kStart.size(), nullptr, 10))
               : 0;
  }

  const Case& source_;
  const Node root_;
  const Variant& variant_;
  RunOptions options_;
  const std::vector<Manner>& manners_;
  const Catalogue& catalogue_;
  std::unique_ptr<Program> program_;
  History history_;
  Exploration result_;
};

}  // namespace

std::string_view manner_name(Manner manner) {
  switch (manner) {
    case Manner::kill: return "kill";
    case Manner::stop_kill: return "stop";
    case Manner::terminate: return "term";
    case Manner::freeze: return "freeze";
    case Manner::error: return "error";
  }
  return "";
}

const std::vector<std::string_view>& manner_names() {
  static const std::vector<std::string_view> names = {"error", "freeze", "kill", "stop", "term"};
  return names;
}

Exploration explore(const Case& source, const Variant& variant, const RunOptions& options,
                    const std::vector<Manner>& manners, const Catalogue& catalogue) {
  return Sweep(source, variant, options, manners, catalogue).run();
}

}  // namespace kipc
