#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "language/compile.hpp"
#include "values/signal_types.hpp"

namespace kipc {

std::vector<Step> Compiler::read_steps(const Node& list, const Place& place) {
  if (!list.is_array()) case_error_at(scope_, list, "a list of steps");
  std::vector<Step> steps;
  for (const Node& node : list.items) {
    // A parameter that is a list of steps stands for them.
    if (node.is_array()) {
      for (Step& step : read_steps(node, place)) steps.push_back(std::move(step));
      continue;
    }
    steps.push_back(read_step(node, place));
  }
  return steps;
}

Step Compiler::read_step(const Node& node, const Place& place) {
  if (!node.is_object()) case_error_at(scope_, node, "a step: an object");
  if (const Node* settles = node.find("settles"))
    case_error_at(scope_, *settles, "no \"settles\": it is not part of the language yet");
  constexpr std::pair<std::string_view, Step::Kind> kKinds[] = {
      {"call", Step::Kind::call},       {"resumes", Step::Kind::resumes},
      {"blocked", Step::Kind::blocked}, {"handled", Step::Kind::handled},
      {"dies", Step::Kind::dies},       {"starts", Step::Kind::starts},
      {"fault", Step::Kind::fault},     {"concurrently", Step::Kind::concurrently},
      {"steps", Step::Kind::block}};
  Step step;
  step.line = node.line;
  step.pointer = node.pointer;
  step.node = node;
  const Node* kind = nullptr;
  for (const auto& [key, value] : kKinds)
    if (const Node* found = node.find(key)) {
      if (value == Step::Kind::call && node.find("fault") != nullptr) continue;  // the call that a fault waits for
      if (kind != nullptr) case_error(scope_, node, "one kind of step", describe(node));
      step.kind = value;
      kind = found;
    }
  if (kind == nullptr) {
    const std::vector<std::string_view> keys = {"call",   "resumes", "blocked", "handled",     "dies",
                                                "starts", "fault",   "steps",   "concurrently"};
    std::string hint;
    for (const Member& member : node.members)
      if (hint.empty()) hint = did_you_mean(member.key, keys);
    case_error(scope_, node,
               "a step with one of call, resumes, blocked, handled, dies, starts, fault, steps, concurrently",
               describe(node), hint);
  }
  if (place.top && step.kind != Step::Kind::block && step.kind != Step::Kind::fault)
    case_error(scope_, node, "blocks (\"steps\") and faults in \"concurrently\"", describe(node));
  if (place.concurrent && !place.top && step.kind != Step::Kind::block && step.kind != Step::Kind::call)
    case_error(scope_, node, "calls and blocks inside \"concurrently\"", describe(node));
  if (const Node* why = node.find("why")) {
    if (!why->is_string()) case_error_at(scope_, *why, "a text");
    step.why = why->text;
  }
  step.asserts = read_asserts(node.find("asserts"));
  if (const Node* when = node.find("when")) step.when = read_when(*when);

  if (const Node* as = node.find("as")) {
    step.as = read_as(*as);
    if (step.as.kind == Actors::Kind::any && step.kind != Step::Kind::resumes)
      case_error_at(scope_, *as, "{\"any\"} with \"resumes\" only: it is found by its call that comes back");
  } else if (place.inherited != nullptr) {
    step.as = *place.inherited;
    step.inherits = true;
  } else if (step.kind != Step::Kind::fault && step.kind != Step::Kind::concurrently &&
             step.kind != Step::Kind::block) {
    case_error(scope_, node, "\"as\": who acts", describe(node));
  }

  switch (step.kind) {
    case Step::Kind::call: read_call(step, node, place); break;
    case Step::Kind::resumes: read_waiting(step, node, "resumes"); break;
    case Step::Kind::blocked: read_waiting(step, node, "blocked"); break;
    case Step::Kind::handled: read_handled(step, node); break;
    case Step::Kind::dies: read_dies(step, node); break;
    case Step::Kind::starts: read_starts(step, node); break;
    case Step::Kind::fault: read_fault(step, node, place); break;
    case Step::Kind::block: read_block(step, node, place); break;
    case Step::Kind::concurrently: read_concurrently(step, node, place); break;
  }
  return step;
}

Actors Compiler::read_as(const Node& node) {
  Actors actors;
  actors.text = to_json(node);
  if (node.is_string()) {
    actors.text = node.text;
    if (scope_.groups.empty()) {  // no "actors": the first who acts is the only one
      ActorGroup& group = scope_.add_group(node, node.text, 1);
      ActorProperties root;
      root.base = group.base;
      program_->roots.push_back(root);
    }
    if (const ActorGroup* group = scope_.find_group(node.text)) {
      actors.base = group->base;
      actors.count = group->count;
    } else {
      actors.one = scope_.refer_actor(node, node.text);
      actors.count = 1;
      actors.base = actors.one->base;
      if (const auto index = actors.one->index.constant(); index && actors.one->alias_cell < 0) {
        actors.base += static_cast<int>(*index);
        actors.one.reset();
        actors.text = program_->actor_name(actors.base);
      }
    }
    return actors;
  }
  if (!node.is_object()) case_error_at(scope_, node, "an actor's name, or {\"any\"}, or {\"of\", \"except\"}");
  only_keys(scope_, node, {"any", "of", "named", "except"});
  const Node* of = node.find("of");
  const ActorGroup* group = of != nullptr && of->is_string() ? scope_.find_group(of->text) : nullptr;
  if (group == nullptr) {
    std::vector<std::string_view> names;
    for (const ActorGroup& known : scope_.groups) names.push_back(known.name);
    case_error(scope_, of != nullptr ? *of : node, "\"of\": a group of actors", describe(of != nullptr ? *of : node),
               of != nullptr ? did_you_mean(of->text, names) : "");
  }
  actors.base = group->base;
  actors.count = group->count;
  if (const Node* any = node.find("any")) {
    if (!any->is_integer() || any->number != 1) case_error_at(scope_, *any, "1");
    if (const Node* except = node.find("except"))
      case_error_at(scope_, *except, "no \"except\" beside \"any\": only who sleeps can be found");
    const Node* named = node.find("named");
    if (named == nullptr || !named->is_string())
      case_error_at(scope_, node, "\"named\": a name for the one that is found");
    actors.kind = Actors::Kind::any;
    actors.alias_cell =
        scope_.names[static_cast<std::size_t>(scope_.bind(*named, named->text, NameKind::alias).name)].cell;
  } else {
    const Node* except = node.find("except");
    const int alias = except != nullptr && except->is_string() ? scope_.find_alias(except->text) : -1;
    if (alias < 0) case_error_at(scope_, node, "\"except\": the name of an actor found by \"any\"");
    actors.kind = Actors::Kind::except;
    actors.alias_cell = scope_.names[static_cast<std::size_t>(alias)].cell;
  }
  return actors;
}

Condition Compiler::read_when(const Node& node) {
  Condition condition;
  if (!node.is_object()) {
    Expr expression = scope_.expression(node);
    if (const auto value = expression.constant())
      condition.constant = *value != 0;
    else
      condition.expression = std::move(expression);
    return condition;
  }
  for (const Member& member : node.members) {
    if (const Node* parameter = scope_.parameter(member.key)) {
      if (!(*parameter == member.value)) {
        check_parameter_value(member.key, member.value);
        condition.constant = false;
      }
      continue;
    }
    const auto asked = std::find_if(asked_.begin(), asked_.end(), [&](const Asked& a) { return a.text == member.key; });
    if (asked == asked_.end()) {
      std::vector<std::string_view> known;
      for (const auto& [name, value] : scope_.parameters) known.push_back(name);
      for (const Asked& question : asked_) known.push_back(question.text);
      case_error(scope_, member.value, "a parameter, or a question recorded above", fmt::format("'{}'", member.key),
                 did_you_mean(member.key, known));
    }
    const auto answer = std::find(asked->answers.begin(), asked->answers.end(), member.value.text);
    if (answer == asked->answers.end())
      case_error(scope_, member.value, fmt::format("an answer to that question: {}", join(asked->answers, ", ")),
                 describe(member.value));
    condition.answers.emplace_back(asked->cell, static_cast<int>(answer - asked->answers.begin()));
  }
  return condition;
}

/// What no variant has would never be true.
void Compiler::check_parameter_value(const std::string& name, const Node& value) {
  std::vector<std::string> values;
  for (const Variant& variant : source_.variants) {
    Scope scope(source_.file);
    scope.parameters = variant.parameters;
    const Node* parameter = scope.parameter(name);
    if (parameter == nullptr) continue;
    if (*parameter == value) return;
    std::string text = parameter->is_string() ? parameter->text : to_json(*parameter);
    if (std::find(values.begin(), values.end(), text) == values.end()) values.push_back(std::move(text));
  }
  case_error(scope_, value, fmt::format("a value that '{}' has in some variant: {}", name, join(values, ", ")),
             describe(value), did_you_mean(value.text, {values.begin(), values.end()}));
}

void Compiler::read_tags(Step& step, const Node& node) {
  const auto tag = [&](const char* key) -> const Node* {
    const Node* value = node.find(key);
    if (value != nullptr && !value->is_string()) case_error_at(scope_, *value, "a name");
    return value;
  };
  if (const Node* puts = tag("puts")) {
    step.puts = channel(puts->text);
    if (const Node* data = node.find("data"))
      if (const Node* record = data->find("record"))
        if (const Node* size = record->find("size"))
          program_->channels[static_cast<std::size_t>(step.puts)].small_size = scope_.expression(*size);
  }
  if (const Node* takes = tag("takes")) step.takes = channel(takes->text);
  if (const Node* enters = tag("enters")) step.enters = section(enters->text);
  if (const Node* leaves = tag("leaves")) step.leaves = section(leaves->text);
}

void Compiler::read_waiting(Step& step, const Node& node, const char* key) {
  const Node* expect = node.find("expect");
  const Node* record = node.find("record");
  if (step.kind == Step::Kind::blocked && (expect != nullptr || record != nullptr))
    case_error(scope_, node, "\"blocked\" without an expectation: it is one", describe(node));
  if (const Node* into = node.find("into"))
    case_error_at(scope_, *into, "\"into\" on the line of the call: the name is bound when that returns");
  only_keys(scope_, node, {"as", "asserts", key, "expect", "record", "when", "why"});
  step.row = &row_of(*node.find(key));
  step.may_be_held = may_be_held(step);
  if (step.row->sleeps.empty() && !step.may_be_held)
    case_error(scope_, *node.find(key), "a call that can block",
               fmt::format("{}: it has no system call in which that could be observed", step.row->name));
  if (expect != nullptr && record != nullptr) case_error(scope_, node, "\"expect\" or \"record\"", "both");
  if (expect != nullptr) step.expect = read_expect(*expect, step);
  if (record != nullptr) step.question = read_record(*record, step);
}

void Compiler::read_handled(Step& step, const Node& node) {
  only_keys(scope_, node, {"as", "asserts", "handled", "any_order", "when", "why"});
  const Node& list = *node.find("handled");
  if (!list.is_array()) case_error_at(scope_, list, "a list of signals, [] for none");
  for (const Node& item : list.items) step.handled.push_back(siginfo_type().compile_expected(item, scope_));
  step.any_order = read_flag(node.find("any_order"));
}

void Compiler::read_dies(Step& step, const Node& node) {
  only_keys(scope_, node, {"as", "asserts", "dies", "when", "why"});
  const Node& how = *node.find("dies");
  if (how.is_object()) {
    only_keys(scope_, how, {"exit"});
    const Node* status = how.find("exit");
    if (status == nullptr) case_error_at(scope_, how, "{\"exit\": STATUS}");
    step.dies_status = read_exit_status(*status);
  } else {
    step.dies_signal = read_signal(how);
  }
}

void Compiler::read_starts(Step& step, const Node& node) {
  only_keys(scope_, node, {"as", "asserts", "starts", "expect", "when", "why"});
  const Node& call = *node.find("starts");
  step.row = &row_of(call);
  if (step.row->makes != Makes::notified) {
    std::vector<std::string> names;
    for (const Row& row : call_table())
      if (row.makes == Makes::notified) names.emplace_back(row.name);
    case_error(scope_, call, "a call that can start a thread: " + join(names, ", "), describe(call),
               did_you_mean(call.text, {names.begin(), names.end()}));
  }
  if (const Node* expect = node.find("expect")) {
    only_keys(scope_, *expect, {"sigev_value"});
    if (const Node* value = expect->find("sigev_value"))
      step.starts_value = integer_type().compile_expected(*value, scope_);
  }
}

void Compiler::read_block(Step& step, const Node& node, const Place& place) {
  only_keys(scope_, node,
            {"as", "asserts", "steps", "repeat", "until", "at_most", "while", "counter", "in_turn", "measure", "per",
             "expect", "when", "why"});
  int loops = 0;
  if (const Node* counter = node.find("counter")) {
    if (!counter->is_string()) case_error_at(scope_, *counter, "a name");
    step.counter = scope_.bind(*counter, counter->text, NameKind::counter);
  }
  if (const Node* repeat = node.find("repeat")) {
    step.loop = Step::Loop::repeat;
    step.repeat = scope_.expression(*repeat);
    if (step.repeat.constant().value_or(0) < 0)
      case_error(scope_, *repeat, "a number of rounds that is not negative", std::to_string(*step.repeat.constant()));
    ++loops;
  }
  if (const Node* condition = node.find("while")) {
    step.loop = Step::Loop::condition;
    step.condition = scope_.expression(*condition);
    ++loops;
  }
  step.in_turn = read_flag(node.find("in_turn"));
  Place inside = place;
  inside.top = false;
  inside.measured = place.measured || node.find("measure") != nullptr;
  const bool has_actor = node.find("as") != nullptr || place.inherited != nullptr;
  inside.inherited = has_actor ? &step.as : nullptr;
  step.steps = read_steps(*node.find("steps"), inside);
  if (const Node* until = node.find("until")) {
    step.loop = Step::Loop::until;
    ++loops;
    const Step* last = step.steps.empty() ? nullptr : &step.steps.back();
    if (last == nullptr || last->row == nullptr)
      case_error_at(scope_, *until, "\"until\" on a block whose last step is a call");
    if (until->is_string()) case_error_at(scope_, *until, "an outcome: an object such as {\"return\": 0}");
    step.until = read_outcome(*until, *last, place.concurrent && last->takes >= 0);
  }
  if (const Node* at_most = node.find("at_most")) {
    if (!step.until || place.concurrent)
      case_error_at(scope_, *at_most, "\"at_most\" on a loop with \"until\", outside \"concurrently\"");
    step.at_most = scope_.expression(*at_most);
    if (step.at_most.constant().value_or(1) < 1) case_error_at(scope_, *at_most, "a number of rounds from 1");
  }
  if (loops > 1) case_error(scope_, node, "one of repeat, until, while", describe(node));
  if (step.counter && loops == 0)
    case_error_at(scope_, *node.find("counter"), "\"counter\" on a loop: with repeat, until or while");
  if (step.in_turn && (loops != 0 || place.concurrent))
    case_error_at(scope_, *node.find("in_turn"), "\"in_turn\" on a block that is no loop, outside \"concurrently\"");
  if (place.top && !has_actor) case_error(scope_, node, "\"as\": who acts", describe(node));
  read_measure(step, node, place);
}

void Compiler::read_concurrently(Step& step, const Node& node, const Place& place) {
  if (const Node* as = node.find("as")) case_error_at(scope_, *as, "\"as\" on the blocks in \"concurrently\"");
  only_keys(scope_, node, {"asserts", "concurrently", "measure", "per", "expect", "timed", "when", "why"});
  Place inside;
  inside.concurrent = true;
  inside.top = true;
  inside.measured = place.measured || node.find("measure") != nullptr;
  step.steps = read_steps(*node.find("concurrently"), inside);
  read_measure(step, node, place);
  read_timed(step, node);
  std::vector<int> busy(static_cast<std::size_t>(scope_.actor_count), 0);
  for (const Step& block : step.steps) {
    if (block.kind != Step::Kind::block || block.as.one) continue;
    for (int actor = block.as.base; actor < block.as.base + block.as.count; ++actor)
      if (busy[static_cast<std::size_t>(actor)]++ != 0)
        case_error(scope_, block.node, "each actor in one block only", program_->actor_name(actor));
  }
}

}  // namespace kipc
