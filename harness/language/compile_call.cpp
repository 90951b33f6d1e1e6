// A step that makes a call: its row, its arguments, and what comes into being.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.hpp"
#include "language/compile.hpp"

namespace kipc {
namespace {

// Keys that any step of a kind may have besides its arguments.
const std::vector<std::string_view> kCallKeys = {"as",     "asserts", "call",   "enters", "expect", "into", "layout",
                                                 "leaves", "puts",    "record", "takes",  "when",   "why"};
const std::vector<std::string_view> kTags = {"enters", "leaves", "puts", "takes"};

/// What a call that makes actors has besides its arguments.
std::vector<std::string_view> keys_of_making(const Row& row) {
  if (row.makes == Makes::child) return {"child", "count"};
  if (row.makes == Makes::thread) return {"thread", "count"};
  return {};
}

}  // namespace

const Row& Compiler::row_of(const Node& node) {
  if (!node.is_string()) case_error_at(scope_, node, "the name of a call");
  const Row* row = find_row(node.text);
  if (row == nullptr) {
    std::vector<std::string_view> names;
    for (const Row& known : call_table()) names.push_back(known.name);
    case_error(scope_, node, "a call of the call table (docs/calls.md)", fmt::format("'{}'", node.text),
               did_you_mean(node.text, names));
  }
  return *row;
}

void Compiler::read_call(Step& step, const Node& node, const Place& place) {
  step.row = &row_of(*node.find("call"));
  step.args.resize(step.row->params.size());
  if (place.concurrent && step.row->makes != Makes::nothing)
    case_error(scope_, node, "calls that make no actors inside \"concurrently\"", std::string(step.row->name));
  read_arguments(step, node);
  if (step.row->makes == Makes::child || step.row->makes == Makes::thread) read_made_actors(step, node);
  if (step.row->makes == Makes::image) read_image(step, node);
  for (std::size_t i = 0; i < step.args.size(); ++i)
    if (step.args[i]) step.finite_time = step.finite_time || step.row->params[i].type->finite_time(*step.args[i]);

  if (const Node* into = node.find("into")) {
    if (!into->is_string()) case_error_at(scope_, *into, "a name to bind");
    NameKind kind = NameKind::integer;
    switch (step.row->returned(selected(step))) {
      case Returns::fd: kind = NameKind::fd; break;
      case Returns::mqd: kind = NameKind::mqd; break;
      case Returns::address: kind = NameKind::address; break;
      case Returns::semaphore: kind = NameKind::semaphore; break;
      default: break;
    }
    step.into = scope_.bind(*into, into->text, kind);
  }
  read_layout(step, node);
  read_tags(step, node);
  const Node* expect = node.find("expect");
  const Node* record = node.find("record");
  if (expect != nullptr && record != nullptr) case_error(scope_, node, "\"expect\" or \"record\"", "both");
  step.may_be_held = may_be_held(step);
  if (expect != nullptr) step.expect = read_expect(*expect, step);
  if (place.concurrent && (record != nullptr || step.expect.only_blocks()))
    case_error(scope_, node, "an expectation of what is returned inside \"concurrently\"", describe(node));
  if (record != nullptr) step.question = read_record(*record, step);
  for (const auto* outcomes : {&step.expect.outcomes, &step.expect.otherwise})
    for (const Outcome& outcome : *outcomes) {
      step.guards_access = step.guards_access || outcome.signal != 0;
      step.finite_time = step.finite_time || outcome.lasts_ns > 0 || outcome.not_before;
    }
  if (step.question)
    for (const auto& [text, outcome] : step.question->answers)
      step.guards_access = step.guards_access || outcome.signal != 0;
  const int domain = step.row->param("domain");
  if (domain >= 0 && (step.row->name == "socket" || step.row->name == "socketpair"))
    if (const Node* family = node.find("domain");
        family != nullptr && family->is_string() && family->text.rfind("AF_INET", 0) == 0)
      program_->sandbox.network = true;
}

void Compiler::read_arguments(Step& step, const Node& node) {
  const Row& row = *step.row;
  const int selecting = row.selector();
  std::string selected;
  const auto compile_param = [&](int index, const Node& value) {
    const Param& param = row.params[static_cast<std::size_t>(index)];
    step.args[static_cast<std::size_t>(index)] = param.type->compile(value, scope_);
  };
  if (selecting >= 0) {
    const std::string name(row.params[static_cast<std::size_t>(selecting)].name);
    const Node* value = node.find(name);
    if (value == nullptr) case_error(scope_, node, fmt::format("\"{}\" for {}", name, row.name), describe(node));
    compile_param(selecting, *value);
    selected = value->is_string() ? value->text : "";
    step.args[static_cast<std::size_t>(selecting)]->text = selected;
  }
  const std::vector<std::string_view> making = keys_of_making(row);
  for (const Member& member : node.members) {
    if (std::find(kCallKeys.begin(), kCallKeys.end(), member.key) != kCallKeys.end()) continue;
    if (std::find(making.begin(), making.end(), member.key) != making.end()) continue;
    const int index = row.param(member.key, selected);
    if (index == selecting && index >= 0) continue;
    if (index < 0) {
      std::vector<std::string_view> known = {"as", "asserts", "expect", "into", "record", "when", "why"};
      known.insert(known.end(), making.begin(), making.end());
      std::vector<std::string> names(making.begin(), making.end());
      for (const Param& param : row.params) {
        if (row.param(param.name, selected) < 0) continue;
        known.push_back(param.name);
        names.emplace_back(param.name);
      }
      const std::string which =
          selected.empty() ? std::string(row.name) : fmt::format("{} with {}", row.name, selected);
      case_error(scope_, member.value,
                 fmt::format("an argument of {} ({}) or a key of every step", which,
                             names.empty() ? "it has none" : join(names, ", ")),
                 fmt::format("'{}'", member.key), did_you_mean(member.key, known));
    }
    compile_param(index, member.value);
  }
  for (std::size_t i = 0; i < row.params.size(); ++i) {
    const Param& param = row.params[i];
    if (step.args[i] || param.direction == Direction::out) continue;
    if (row.param(param.name, selected) != static_cast<int>(i)) continue;
    if (!param.fallback.empty()) {
      step.args[i] = param.type->compile(parse_node(param.fallback, scope_.file()), scope_);
    } else if (param.required) {
      case_error(scope_, node, fmt::format("\"{}\" for {}", param.name, row.name), describe(node));
    }
  }
}

void Compiler::read_layout(Step& step, const Node& node) {
  const Node* declarations = node.find("layout");
  if (declarations == nullptr) return;
  if (step.row->returns != Returns::address || !step.into)
    case_error(scope_, *declarations, "\"layout\" on a call that maps memory and binds it with \"into\"",
               describe(node));
  if (!declarations->is_array()) case_error_at(scope_, *declarations, "a list of C declarations");
  Layout layout;
  for (const Node& declaration : declarations->items) {
    std::string reason;
    if (!declaration.is_string() || !add_declaration(layout, declaration.text, reason))
      case_error(scope_, declaration, reason.empty() ? "a C declaration such as \"u64 head\"" : reason,
                 describe(declaration),
                 did_you_mean(declaration.text.substr(0, declaration.text.find(' ')), layout_types()));
  }
  // One page is mapped unless the layout needs more.
  const int length = step.row->param("length");
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  if (length >= 0 && node.find("length") == nullptr && layout.size > page)
    step.args[static_cast<std::size_t>(length)]->expr =
        Expr(static_cast<std::int64_t>((layout.size + page - 1) / page * page));
  scope_.names[static_cast<std::size_t>(step.into->name)].layout = std::move(layout);
}

void Compiler::read_made_actors(Step& step, const Node& node) {
  const char* key = step.row->makes == Makes::child ? "child" : "thread";
  const Node* name = node.find(key);
  if (name == nullptr || !name->is_string())
    case_error(scope_, node, fmt::format("\"{}\": a name for the new actor", key), describe(node));
  if (step.as.count != 1) case_error(scope_, node, "one actor that makes others", "a group");
  for (const std::string_view tag : kTags)
    if (const Node* found = node.find(tag))
      case_error_at(scope_, *found, fmt::format("no \"{}\" on a call that makes actors", tag));
  const Node* count = node.find("count");
  const int members = count == nullptr ? 1 : static_cast<int>(scope_.constant(*count));
  const ActorGroup& group = scope_.add_group(*name, name->text, members);
  step.made_base = group.base;
  step.made_count = members;
}

}  // namespace kipc
