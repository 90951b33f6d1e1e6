#include "explore/free_running.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/space.hpp"
#include "explore/fate.hpp"
#include "platform/requirement.hpp"

namespace kipc {
namespace {

// What a call may come to when somebody else is dead. A socket whose connection was reset is not connected any more.
constexpr std::string_view kExcused =
    R"({"error": ["ECONNREFUSED", "ECONNRESET", "ENOTCONN", "ENOTRECOVERABLE", "EOWNERDEAD", "EPIPE"]})";

bool has_loop_on_condition(const Step& block) {
  return block.loop == Step::Loop::condition ||
         std::any_of(block.steps.begin(), block.steps.end(), has_loop_on_condition);
}

/// With time-outs nobody can tell a standstill from a wait that will end.
bool has_time_out(const Step& block) {
  return block.finite_time || std::any_of(block.steps.begin(), block.steps.end(), has_time_out);
}

bool takes_something(const Step& block) {
  return block.takes >= 0 || std::any_of(block.steps.begin(), block.steps.end(), takes_something);
}

/// True when an item counts as put before it is sent: of the last one nobody knows whether it was.
bool puts_beforehand(const Step& block) {
  return (block.puts >= 0 && block.row != nullptr && block.row->accesses_memory) ||
         std::any_of(block.steps.begin(), block.steps.end(), puts_beforehand);
}

/// The calls of a block by name, with how often each is made; 0: not said in plain numbers.
void count_calls(const Step& block, std::int64_t rounds, std::map<std::string_view, std::int64_t>& calls) {
  const Node* repeat = block.node.find("repeat");
  if (block.kind == Step::Kind::block && block.loop != Step::Loop::once)
    rounds = repeat != nullptr && repeat->is_integer() ? rounds * repeat->number : 0;
  for (const Step& step : block.steps) {
    if (step.kind == Step::Kind::call && step.row->makes == Makes::nothing && !system_calls_of(*step.row).empty())
      calls[step.row->name] += rounds;
    if (step.kind == Step::Kind::block) count_calls(step, rounds, calls);
  }
}

/// The call, with what a death of somebody else excuses.
std::string relaxed_call(const Node& call, const Row& row) {
  const Node* expect = call.find("expect");
  std::string allowed;
  if (expect == nullptr) {
    if (row.returns == Returns::address || row.returns == Returns::semaphore || row.returns == Returns::nothing ||
        row.accesses_memory)
      return to_json(call);
    allowed = R"({"return": ">= 0"})";
  } else if (expect->is_string() || expect->find("if") != nullptr) {
    allowed = "";
  } else if (expect->is_array()) {
    for (const Node& outcome : expect->items) allowed += (allowed.empty() ? "" : ", ") + to_json(outcome);
  } else {
    allowed = to_json(*expect);
  }
  std::string text = "{";
  for (const Member& member : call.members)
    if (member.key != "expect") text += fmt::format("{}: {}, ", quoted(member.key), to_json(member.value));
  if (allowed.empty()) return text + R"("expect": "any"})";
  // A transfer that a death cut short comes back with what was done until then.
  if (row.returns == Returns::bytes) allowed += R"(, {"return": ">= 0"})";
  return text + fmt::format(R"("expect": [{}, {}]}})", allowed, kExcused);
}

std::string relaxed(const Node& node) {
  if (const Node* call = node.find("call")) {
    const Row* row = find_row(call->text);
    return row == nullptr ? to_json(node) : relaxed_call(node, *row);
  }
  std::string text = "{";
  for (const Member& member : node.members) {
    std::string value = to_json(member.value);
    if ((member.key == "steps" || member.key == "concurrently") && member.value.is_array()) {
      value.clear();
      for (const Node& item : member.value.items) value += (value.empty() ? "[" : ", ") + relaxed(item);
      value += "]";
    }
    text += fmt::format("{}{}: {}", text.size() > 1 ? ", " : "", quoted(member.key), value);
  }
  return text + "}";
}

/// The case's checks; of items that may have died with the victim only that they came once.
std::string checks(const Node& root, bool some_may_be_lost) {
  const Node* list = root.find("check");
  if (list == nullptr) return "";
  std::string text = to_json(*list);
  if (!some_may_be_lost) return text;
  for (const auto& [whole, part] : {std::pair<std::string, std::string>{"\"exactly-once\"", "\"at-most-once\""},
                                    {"\"whole-records\"", "\"atomic-records\""}})
    for (std::size_t at = text.find(whole); at != std::string::npos; at = text.find(whole, at))
      text.replace(at, whole.size(), part);
  return text;
}

}  // namespace

std::vector<Replay> free_running_points(const Case& source, const Program& program, const ScriptLines& script,
                                        const Snapshot& snapshot) {
  std::vector<Replay> points;
  if (snapshot.moment.step >= 0 || snapshot.line >= static_cast<int>(program.script.size())) return points;
  const Step& step = program.script[static_cast<std::size_t>(snapshot.line)];
  if (step.kind != Step::Kind::concurrently || has_loop_on_condition(step) || has_time_out(step)) return points;
  if (unmet(Requirement{"fault", "ptrace", 0, {}}, sandbox_ability())) return points;
  for (const Step& block : step.steps)
    if (has_loop_on_condition(block) || block.fault || block.as.kind != Actors::Kind::members || block.as.one)
      return points;
  const Node root = source.root();
  const Lines prefix = script.before(snapshot);
  const std::string together = relaxed(script.settled(step.node));
  Lines before;
  if (!mentions(program, "SIGPIPE"))
    for (const Step& block : step.steps)
      before.push_back(
          fmt::format(R"({{"as": {}, "call": "sigaction", "signum": "SIGPIPE", "act": {{"sa_handler": "SIG_IGN"}}}})",
                      quoted(block.as.text)));
  for (const Step& block : step.steps) {
    std::map<std::string_view, std::int64_t> calls;
    count_calls(block, 1, calls);
    for (const auto& [call, times] : calls) {
      const std::set<std::int64_t> numbers =
          times > 0 ? std::set<std::int64_t>{1, (times + 1) / 2, times} : std::set<std::int64_t>{1, 3, 20};
      for (const std::int64_t number : numbers)
        for (const char* moment : {"entry", "exit"}) {
          Replay replay;
          replay.point.manner = Manner::midway;
          replay.point.line = snapshot.line;
          replay.point.actor = program.actor_name(block.as.base);
          replay.point.where = fmt::format("at the {} of {} {}, running freely", moment, call, number);
          replay.prefix = prefix;
          replay.lines = before;
          replay.lines.push_back(
              fmt::format(R"({{"fault": "kill", "actor": {}, "call": "{}", "nth": {}, "moment": "{}"}})",
                          quoted(replay.point.actor), call, number, moment));
          for (std::size_t i = 0; i < replay.lines.size(); ++i) replay.doing.insert(i);
          replay.lines.push_back(together);
          replay.check = checks(root, takes_something(block) || puts_beforehand(block));
          replay.runs_freely = true;
          replay.owed = 1;
          points.push_back(std::move(replay));
        }
    }
  }
  return points;
}

std::string who_should_be_awake(const Program& program, const History& history) {
  if (!history.snapshots || history.snapshots->empty()) return "nobody looked at the standstill";
  const World world(program, history, history.snapshots->back(), {});
  const Mutexes mutexes = mutexes_at(world);
  const Undone undone = undone_by_death(world);
  const Reservations script(program);
  for (const Snapshot::Living& living : world.survivors()) {
    if (living.blocked_in < 0) continue;
    const Fate fate = fate_of(Circumstances{world, mutexes, undone, script}, living);
    if (fate.kind == Fate::Kind::unruled || fate.kind == Fate::Kind::stays) continue;
    return fmt::format("{} sleeps in {}, which has to come back: {}", program.actor_name(living.actor),
                       program.steps[static_cast<std::size_t>(living.blocked_in)]->row->name,
                       fate.kind == Fate::Kind::dies ? "nobody can read what it writes" : fate.expect);
  }
  return "";
}

}  // namespace kipc
