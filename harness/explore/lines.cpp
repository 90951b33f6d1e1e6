#include "explore/lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "language/history.hpp"

namespace kipc {
namespace {

std::string quoted_text(const std::string& text) { return to_json(Node::string(text)); }

/// The node with that member in place of those that are left out.
Node with(const Node& node, const std::string& key, Node value, const std::set<std::string>& left_out) {
  Node made = node;
  made.members.clear();
  made.members.push_back({key, 0, std::move(value)});
  for (const Member& member : node.members)
    if (member.key != key && left_out.count(member.key) == 0) made.members.push_back(member);
  return made;
}

bool is_reaction(const Step& step) {
  return step.kind == Step::Kind::resumes || step.kind == Step::Kind::blocked || step.kind == Step::Kind::handled ||
         step.kind == Step::Kind::dies || step.kind == Step::Kind::starts;
}

/// Steps that may stand in a case once only: they name actors or ask a question.
bool only_once(const Step& step) {
  return step.made_base >= 0 || step.question.has_value() || step.as.kind == Actors::Kind::any || step.fault ||
         std::any_of(step.steps.begin(), step.steps.end(), only_once);
}

const Step* inner(const Step& block, int id) {
  const auto found =
      std::find_if(block.steps.begin(), block.steps.end(), [&](const Step& step) { return step.id == id; });
  return found == block.steps.end() ? nullptr : &*found;
}

bool is_certain(const Step& step) { return step.when.constant && !step.when.expression && step.when.answers.empty(); }

}  // namespace

std::string call_with(const Node& line, const std::string& expect) {
  static const std::vector<std::string_view> kLeftOut = {"expect", "record",  "puts", "takes", "enters",
                                                         "leaves", "asserts", "why",  "when"};
  std::string text = "{";
  for (const Member& member : line.members) {
    if (std::find(kLeftOut.begin(), kLeftOut.end(), member.key) != kLeftOut.end()) continue;
    text += fmt::format("{}: {}, ", quoted_text(member.key), to_json(member.value));
  }
  return text + "\"expect\": " + expect + "}";
}

Lines ScriptLines::before(const Snapshot& snapshot) const {
  Lines lines;
  for (int i = 0; i < snapshot.line; ++i) {
    const Step& step = program_.script[static_cast<std::size_t>(i)];
    if (step.when.constant) lines.push_back(to_json(settled(step.node)));
  }
  if (snapshot.moment.step >= 0)
    begin_block(program_.script[static_cast<std::size_t>(snapshot.line)], snapshot.moment, lines);
  return lines;
}

void ScriptLines::begin_block(const Step& block, const Moment& moment, Lines& lines) const {
  const Node node = settled(block.node);
  const auto as = [&](int actor) { return Node::string(program_.actor_name(actor)); };
  for (int actor = block.as.base; moment.actor >= 0 && actor < moment.actor; ++actor)
    lines.push_back(to_json(with(node, "as", as(actor), {})));
  if (block.loop != Step::Loop::once && (moment.round > 0 || block.counter)) {
    Node rounds = with(node, "repeat", Node::integer(moment.round), {"at_most", "until", "while"});
    lines.push_back(to_json(moment.actor >= 0 ? with(rounds, "as", as(moment.actor), {}) : rounds));
  }
  for (const Step& step : block.steps) {
    if (step.id == moment.step) return;
    if (!step.when.constant) continue;
    const Node line = settled(step.node);
    lines.push_back(to_json(line.find("as") == nullptr && moment.actor >= 0 && step.kind != Step::Kind::fault
                                ? with(line, "as", as(moment.actor), {})
                                : line));
  }
}

ScriptLines::Next ScriptLines::next_call(const Snapshot& snapshot, int actor) const {
  if (snapshot.line >= static_cast<int>(program_.script.size())) return {};
  const Step* next = &program_.script[static_cast<std::size_t>(snapshot.line)];
  const bool within = snapshot.moment.step >= 0;
  if (within) next = inner(*next, snapshot.moment.step);
  if (next == nullptr || next->kind != Step::Kind::call) return {};
  const bool its_own = within && next->inherits ? snapshot.moment.actor == actor
                                                : next->as.kind == Actors::Kind::members && next->as.count == 1 &&
                                                      !next->as.one && next->as.base == actor;
  if (!its_own || !is_certain(*next) || next->row->makes != Makes::nothing || next->row->never_returns) return {};
  return {next, with(next->node, "as", Node::string(program_.actor_name(actor)), {})};
}

std::vector<Moment> ScriptLines::moments(const History& history) const {
  std::vector<Moment> found;
  for (const Step& block : program_.script) {
    if (block.kind != Step::Kind::block || block.in_turn || !is_certain(block) || block.steps.empty()) continue;
    const bool acted = !block.as.text.empty();
    if (acted && (block.as.kind != Actors::Kind::members || block.as.one)) continue;
    const bool again = block.loop != Step::Loop::once || (acted && block.as.count > 1);
    if (again && std::any_of(block.steps.begin(), block.steps.end(), only_once)) continue;
    const std::set<int> members =
        acted ? std::set<int>{block.as.base, block.as.base + block.as.count - 1} : std::set<int>{-1};
    for (const int member : members) {
      std::int64_t last = -1;
      for (const Event& event : history.events)
        if (event.step >= 0 && inner(block, event.step) != nullptr && (member < 0 || event.actor == member))
          last = std::max(last, event.round);
      std::set<std::int64_t> rounds = {-1};
      if (block.loop != Step::Loop::once) rounds = {0, last / 2, last};
      if (block.loop != Step::Loop::once && last < 0) continue;
      for (const std::int64_t round : rounds)
        for (const Step& step : block.steps) {
          // Before the first step of the first round is before the block.
          if (is_reaction(step) || !step.when.constant || (round <= 0 && &step == &block.steps.front())) continue;
          found.push_back({step.id, member, round});
        }
    }
  }
  return found;
}

std::string ScriptLines::parameters() const {
  if (variant_.parameters.empty()) return "";
  std::vector<std::string> parameters;
  for (const auto& [name, value] : variant_.parameters)
    parameters.push_back(fmt::format("{}: [{}]", quoted_text(name), to_json(value)));
  return "{" + join(parameters, ", ") + "}";
}

Node ScriptLines::settled(const Node& node) const {
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
bool ScriptLines::holds(const Node& item) const {
  const Node* when = item.find("when");
  if (when == nullptr || !when->is_object()) return true;
  return std::all_of(when->members.begin(), when->members.end(), [&](const Member& condition) {
    const Node* value = parameter(condition.key);
    return value == nullptr || *value == condition.value;
  });
}

const Node* ScriptLines::parameter(const std::string& name) const {
  const auto found = std::find_if(variant_.parameters.begin(), variant_.parameters.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == variant_.parameters.end() ? nullptr : &found->second;
}

}  // namespace kipc
