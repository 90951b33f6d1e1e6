#include "explore/replay.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "engine/space.hpp"
#include "explore/owed.hpp"
#include "platform/requirement.hpp"

namespace kipc {
namespace {

bool mentions(const Node& node, std::string_view word) { return to_json(node).find(word) != std::string::npos; }

bool manner_uses_next(Manner manner) { return manner == Manner::freeze || manner == Manner::error; }

std::string kill_line(const std::string& actor) {
  return fmt::format(R"({{"fault": "kill", "actor": {}}})", quoted(actor));
}

/// Of the case's actors those whose name stands in a line.
Node named_in(const Node& actors, const Lines& lines) {
  Node kept = actors;
  kept.members.erase(std::remove_if(kept.members.begin(), kept.members.end(),
                                    [&](const Member& actor) {
                                      return std::none_of(lines.begin(), lines.end(), [&](const std::string& line) {
                                        return line.find(actor.key) != std::string::npos;
                                      });
                                    }),
                     kept.members.end());
  return kept;
}

}  // namespace

ReplayMaker::ReplayMaker(const Case& source, const Variant& variant, const Program& program, const History& history)
    : source_(source), root_(source.root()), program_(program), history_(history), script_(program, variant) {}

std::optional<Replay> ReplayMaker::make(const Snapshot& snapshot, const Snapshot::Living& living, Manner manner) const {
  Replay replay;
  replay.point.line = snapshot.line;
  replay.point.actor = program_.actor_name(living.actor);
  replay.point.manner = manner;
  const ScriptLines::Next next = script_.next_call(snapshot, living.actor);
  replay.point.where = where(snapshot, living, next);
  replay.prefix = script_.before(snapshot);
  std::set<int> dead;
  if (manner != Manner::error) dead.insert(living.actor);
  const std::vector<Unsaid> first = sleepers_to_kill(program_, history_, snapshot, dead);
  const auto is_victim = [&](const Unsaid& sleeper) { return sleeper.actor == living.actor; };
  if (std::any_of(first.begin(), first.end(), is_victim)) return std::nullopt;

  Aftermath after(program_, history_, snapshot);
  const auto owe = [&](Lines lines) {
    replay.owed += static_cast<std::int64_t>(lines.size());
    for (std::string& line : lines) replay.lines.push_back(std::move(line));
  };
  for (const Unsaid& sleeper : first) {
    replay.lines.push_back(kill_line(program_.actor_name(sleeper.actor)));
    if (sleeper.unruled) replay.unruled.emplace_back(sleeper.call);
    owe(after.died(sleeper.actor));
  }
  std::string inexact;
  Lines deed;
  if (!strike(next, living, snapshot, replay, deed, inexact)) return std::nullopt;
  for (std::string& line : deed) {
    replay.doing.insert(replay.lines.size());
    replay.lines.push_back(std::move(line));
  }
  if (manner != Manner::error) owe(after.died(living.actor));
  owe(after.rest(inexact));
  return replay;
}

/// The lines that do it. False where it cannot be done.
bool ReplayMaker::strike(const ScriptLines::Next& next, const Snapshot::Living& living, const Snapshot& snapshot,
                         Replay& replay, Lines& lines, std::string& inexact) const {
  const std::string name = program_.actor_name(living.actor);
  if (manner_uses_next(replay.point.manner) && next.step != nullptr) replay.next = to_json(next.node);
  switch (replay.point.manner) {
    case Manner::kill: break;
    case Manner::midway: return false;  // see free_running.hpp
    case Manner::stop_kill: lines.push_back(fmt::format(R"({{"fault": "stop", "actor": {}}})", quoted(name))); break;
    case Manner::terminate:
      // What the script does with signals may keep SIGTERM away.
      if (living.stopped || mentions(root_, "SIGTERM") || mentions(root_, "sigprocmask") ||
          mentions(root_, "pthread_sigmask") || mentions(root_, "SIGKILL"))
        return false;
      lines.push_back(fmt::format(R"({{"fault": "signal", "signal": "SIGTERM", "actor": {}}})", quoted(name)));
      lines.push_back(fmt::format(R"({{"as": {}, "dies": "SIGTERM"}})", quoted(name)));
      return true;
    case Manner::freeze:
      if (!freeze(next, living, snapshot, lines, inexact)) return false;
      break;
    case Manner::error: return refuse(next, lines);
  }
  lines.push_back(kill_line(name));
  return true;
}

std::string ReplayMaker::where(const Snapshot& snapshot, const Snapshot::Living& living,
                               const ScriptLines::Next& next) const {
  std::string text = "idle";
  if (living.blocked_in >= 0) {
    text = fmt::format("inside {}", program_.steps[static_cast<std::size_t>(living.blocked_in)]->row->name);
  } else if (next.step != nullptr) {
    text = fmt::format("before {}", next.step->row->name);
  } else if (snapshot.line > 0 && snapshot.moment.step < 0) {
    const Step& last = program_.script[static_cast<std::size_t>(snapshot.line - 1)];
    if (last.kind == Step::Kind::call && last.as.base == living.actor) text = fmt::format("after {}", last.row->name);
  }
  if (snapshot.moment.round >= 0) text += fmt::format(" in round {}", snapshot.moment.round);
  return text;
}

/// The next call stops after the first byte of its copy.
bool ReplayMaker::freeze(const ScriptLines::Next& next, const Snapshot::Living& living, const Snapshot& snapshot,
                         Lines& lines, std::string& inexact) const {
  const bool root = std::any_of(program_.roots.begin(), program_.roots.end(), [&](const ActorProperties& group) {
    return living.actor >= group.base && living.actor < group.base + group.count;
  });
  if (next.step == nullptr || !root || living.blocked_in >= 0 || next.step->finite_time ||
      next.step->row->sleeps.empty() || unmet(Requirement{"fault", "userfaultfd", 0, {}}, sandbox_ability()))
    return false;
  const Row& row = *next.step->row;
  const int data = row.param("data");
  if (data < 0 || row.name == "msgsnd" || row.params[static_cast<std::size_t>(data)].direction != Direction::in)
    return false;
  lines.push_back(fmt::format(R"({{"fault": "freeze", "actor": {}, "call": "{}", "offset": 1}})",
                              quoted(program_.actor_name(living.actor)), row.name));
  lines.push_back(call_with(next.node, "\"blocks\""));
  if (const Node* object = next.node.find(row.params[0].name)) {
    const World world(program_, history_, snapshot, {});
    const Snapshot::Open* open = world.find(living.actor, object->text);
    const bool stream =
        open != nullptr && (open->kind == Snapshot::Open::Kind::fifo || open->kind == Snapshot::Open::Kind::socket);
    inexact = stream ? open->object : "";
  }
  return true;
}

/// The next call returns an error that its page lists for any platform, and nothing of it is done.
bool ReplayMaker::refuse(const ScriptLines::Next& next, Lines& lines) {
  if (next.step == nullptr) return false;
  const Row& row = *next.step->row;
  if (system_calls_of(row).empty() || row.returns == Returns::error) return false;
  if (unmet(Requirement{"fault", "call", 0, {}}, sandbox_ability())) return false;
  const char* error = row.sleeps.empty() ? "ENOMEM" : "EINTR";
  lines.push_back(fmt::format(R"({{"fault": "errno", "actor": {}, "call": "{}", "error": "{}", "nth": 1}})",
                              to_json(*next.node.find("as")), row.name, error));
  lines.push_back(call_with(next.node, fmt::format(R"({{"error": "{}"}})", error)));
  return true;
}

std::string ReplayMaker::text_of(const Point& point, const Lines& lines, bool only_needed,
                                 const std::string& check) const {
  std::string text = "{\n";
  const auto line_of = [](const std::string& key, const std::string& value) {
    return fmt::format("  {}: {},\n", quoted(key), value);
  };
  text += line_of("id", quoted(source_.id + ".explored"));
  text += line_of("title", quoted(fmt::format("{}; {} {} {}, at line {}", source_.title, manner_name(point.manner),
                                              point.actor, point.where, point.line)));
  text += line_of("asserts", to_json(*root_.find("asserts")));
  for (const char* key : {"actors", "requires", "sandbox"})
    if (const Node* node = root_.find(key))
      text += line_of(key, to_json(only_needed && std::string_view(key) == "actors" ? named_in(*node, lines) : *node));
  if (const std::string parameters = script_.parameters(); !parameters.empty())
    text += line_of("parameters", parameters);
  if (!check.empty()) text += line_of("check", check);
  Lines script;
  for (const std::string& line : lines) script.push_back("    " + line);
  return text + "  \"script\": [\n" + join(script, ",\n") + "\n  ]\n}\n";
}

}  // namespace kipc
