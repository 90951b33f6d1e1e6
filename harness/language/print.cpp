#include "language/print.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.hpp"
#include "language/match.hpp"
#include "values/program_types.hpp"

namespace kipc {
namespace {

constexpr std::size_t kWidestActor = 16;

// --- Values ---------------------------------------------------------------------------------------------------------

/// O_CREAT, 0600, SA_RESTART: what is or'ed together. Signals are not.
bool is_flag(const Node& node) {
  if (!node.is_string() || node.text.empty() || node.text.rfind("SIG", 0) == 0) return false;
  return std::all_of(node.text.begin(), node.text.end(), [](char c) {
    return std::isupper(static_cast<unsigned char>(c)) != 0 || std::isdigit(static_cast<unsigned char>(c)) != 0 ||
           c == '_';
  });
}

std::string value_text(const Node& node);

std::string joined(const Node& list, std::string_view separator) {
  std::vector<std::string> parts;
  for (const Node& item : list.items) parts.push_back(value_text(item));
  return join(parts, separator);
}

std::string list_text(const Node& list) {
  const auto flag_or_number = [](const Node& item) {
    return is_flag(item) || item.is_integer() || (item.is_string() && item.text.rfind("SIG", 0) == 0);
  };
  const bool flags = std::any_of(list.items.begin(), list.items.end(), is_flag) &&
                     std::all_of(list.items.begin(), list.items.end(), flag_or_number);
  return flags ? joined(list, "|") : "[" + joined(list, ", ") + "]";
}

/// {fill "x", 4096}, {record of 16}: the forms of data that are not text.
std::string data_form(const Node& node) {
  const Node* length = node.find("length");
  const std::string size = length != nullptr ? value_text(*length) : "";
  if (const Node* fill = node.find("fill"); fill != nullptr && length != nullptr)
    return fmt::format("{{fill {}, {}}}", quote_bytes(fill->text), size);
  if (const Node* seed = node.find("pattern"); seed != nullptr && length != nullptr)
    return fmt::format("{{pattern {}, {}}}", value_text(*seed), size);
  if (const Node* record = node.find("record"))
    if (const Node* bytes = record->find("size")) return fmt::format("{{record of {}}}", value_text(*bytes));
  constexpr std::array<std::string_view, 3> kPlain = {"hex", "u32", "u64"};
  if (node.members.size() == 1 && std::find(kPlain.begin(), kPlain.end(), node.members[0].key) != kPlain.end())
    return fmt::format("{{{} {}}}", node.members[0].key, value_text(node.members[0].value));
  return "";
}

std::string data_text(const Node& node) {
  if (node.is_string()) return node.text == "null" || node.text == "unmapped" ? node.text : quote_bytes(node.text);
  constexpr std::array<std::pair<std::string_view, const char*>, 3> kParts = {
      {{"ends", "ends with "}, {"prefix_of", "a prefix of "}, {"starts", "starts with "}}};
  for (const auto& [key, words] : kParts)
    if (const Node* part = node.find(key)) return words + data_text(*part);
  return value_text(node);
}

/// The elements of an iovec: texts are bytes, also within {"times", "of"} and {"0": "he"}.
std::string iovec_text(const Node& node) {
  if (node.is_string()) return data_text(node);
  const bool data = node.is_object() && !data_form(node).empty();
  if (data || (!node.is_object() && !node.is_array())) return value_text(node);
  std::vector<std::string> parts;
  for (const Node& item : node.items) parts.push_back(iovec_text(item));
  for (const Member& member : node.members)
    parts.push_back(
        fmt::format("{}={}", member.key, member.key == "times" ? value_text(member.value) : iovec_text(member.value)));
  return fmt::format("{}{}{}", node.is_array() ? "[" : "{", join(parts, ", "), node.is_array() ? "]" : "}");
}

/// What execve() is given, as strace shows it: texts in quotes, and a program by its name.
std::string image_text(const Node& node) {
  if (node.is_array()) {
    std::vector<std::string> parts;
    for (const Node& item : node.items) parts.push_back(image_text(item));
    return "[" + join(parts, ", ") + "]";
  }
  if (const Node* program = node.find("program")) return fmt::format("<program {}>", program->text);
  if (const Node* plain = node.find("verbatim")) return quote_bytes(plain->text);
  return data_text(node);
}

std::string value_text(const Node& node) {
  switch (node.kind) {
    case Node::Kind::string: return node.text;
    case Node::Kind::array: return list_text(node);
    case Node::Kind::object: {
      if (std::string form = data_form(node); !form.empty()) return form;
      std::vector<std::string> parts;
      for (const Member& member : node.members) {
        const bool bytes = member.key == "data" || member.key == "sun_path" || member.key == "abstract";
        const std::string text =
            bytes && member.value.is_string() ? quote_bytes(member.value.text) : value_text(member.value);
        parts.push_back(fmt::format("{}={}", member.key, text));
      }
      return "{" + join(parts, ", ") + "}";
    }
    default: return to_json(node);
  }
}

std::string argument_text(const Param& param, const Node& node) {
  const bool text = param.type == &path_type() || param.type == &object_name_type();
  if (text || param.type == &data_type()) return data_text(node);
  if (param.type == &image_path_type() || param.type == &text_list_type()) return image_text(node);
  if (param.name == "iov") return iovec_text(node);
  // No flags at all: 0, as in C. What a list of flags is shows in its schema.
  if (node.is_array() && node.items.empty() && param.type->schema().find("[{\"enum\": [") != std::string::npos)
    return "0";
  return value_text(node);
}

// --- Results --------------------------------------------------------------------------------------------------------

std::string either(const Node& node) { return node.is_array() ? joined(node, " or ") : value_text(node); }

std::string made_text(const Step& step, const Node& name) {
  return step.made_count > 1 ? fmt::format("{}[0..{}]", name.text, step.made_count - 1) : name.text;
}

/// What a call returns when nothing is said of it but that it succeeds.
std::string success_text(const Step& step) {
  for (const char* key : {"child", "thread"})
    if (const Node* name = step.node.find(key); name != nullptr && step.made_count > 0) return made_text(step, *name);
  if (step.row->never_returns) return "?";
  if (const Node* into = step.node.find("into")) return value_text(*into);
  return step.row->returns == Returns::zero || step.row->returns == Returns::error ? "0" : "ok";
}

/// One member of an outcome in words. What came stands by itself where it is plain from the call (`data`).
std::string fact_text(const Member& member) {
  const Node& value = member.value;
  const std::string& key = member.key;
  if (key == "data") {
    const bool untouched = value.is_string() && value.text == "untouched";
    return untouched ? "data untouched" : data_text(value);
  }
  if (key == "iov") return "iov=" + iovec_text(value);
  if (key == "rest") return "rest untouched";
  if (key == "not_before") return "not before " + value_text(value);
  if (key == "lasts") return fmt::format("after {} at least", value_text(value));
  if (key == "taken") return value_text(value) + " taken";
  return fmt::format("{}={}", key, value_text(value));
}

std::string outcome_text(const Step& step, const Node& outcome) {
  if (outcome.is_string()) return outcome.text == "blocks" ? "<blocks>" : "anything";
  std::string head;
  std::string rest;
  for (const Member& member : outcome.members) {
    const std::string& key = member.key;
    if (key == "return")
      head = either(member.value);
    else if (key == "error")
      head = (step.row->returns == Returns::error ? "" : "-1 ") + either(member.value);
    else if (key == "dies")
      head = fmt::format("?  +++ killed by {} +++", value_text(member.value));
    else if (key == "signal" || key == "si_code" || key == "si_addr")
      continue;
    else
      rest += " " + fact_text(member);
  }
  if (const Node* signal = outcome.find("signal")) {
    std::vector<std::string> facts;
    for (const char* key : {"si_code", "si_addr"})
      if (const Node* fact = outcome.find(key)) facts.push_back(fmt::format("{}={}", key, value_text(*fact)));
    head = fmt::format("?  --- {}{} ---", value_text(*signal), facts.empty() ? "" : " {" + join(facts, ", ") + "}");
  }
  if (head.empty() && !rest.empty() && outcome.find("taken") != nullptr) return rest.substr(1);
  return (head.empty() ? success_text(step) : head) + rest;
}

std::string outcomes_text(const Step& step, const Node& node) {
  if (!node.is_array()) return (node.is_string() && node.text == "blocks" ? "?  " : "") + outcome_text(step, node);
  std::vector<std::string> parts;
  for (const Node& item : node.items) parts.push_back(outcome_text(step, item));
  return join(parts, " or ");
}

/// "5", "?  <blocks>", "-1 EAGAIN or 0": what a call, resumes or starts line expects.
std::string expected_text(const Step& step) {
  if (step.question) {
    const Node& record = step.node.find("record")->members[0].value;
    std::vector<std::string> answers;
    for (const Member& answer : record.members)
      answers.push_back(fmt::format("{}: {}", answer.key, outcome_text(step, answer.value)));
    return fmt::format("?  <recorded as \"{}\"; {}>", step.question->text, join(answers, "; "));
  }
  const Node* expect = step.node.find("expect");
  if (expect == nullptr) return success_text(step);
  const Node* condition = expect->find("if");
  if (condition == nullptr) return outcomes_text(step, *expect);
  const std::string yes = outcomes_text(step, *expect->find("then"));
  const std::string no = outcomes_text(step, *expect->find("else"));
  if (step.expect.condition)
    if (const auto known = step.expect.condition->constant()) return *known != 0 ? yes : no;
  return fmt::format("{} if {}, else {}", yes, value_text(*condition), no);
}

// --- Steps ----------------------------------------------------------------------------------------------------------

std::string fault_text(const Fault& fault, const Node& node) {
  std::string text;
  switch (fault.kind) {
    case Fault::Kind::kill: text = fmt::format("kill {} (SIGKILL)", fault.actor.text); break;
    case Fault::Kind::stop: text = fmt::format("stop {} (SIGSTOP)", fault.actor.text); break;
    case Fault::Kind::resume: text = fmt::format("continue {} (SIGCONT)", fault.actor.text); break;
    case Fault::Kind::signal: text = fmt::format("signal {} ({})", fault.actor.text, signal_name(fault.signal)); break;
    case Fault::Kind::error: text = fmt::format("{} for {}", errno_name(fault.error), fault.actor.text); break;
    case Fault::Kind::fail_nth: text = fmt::format("failure of place {} for {}", fault.site, fault.actor.text); break;
    case Fault::Kind::delay: text = fmt::format("delay {} by {} us", fault.actor.text, fault.lasts_ns / 1000); break;
    case Fault::Kind::freeze:
      text = fmt::format("freeze {} when {} bytes are copied", fault.actor.text, fault.offset);
      break;
    case Fault::Kind::thaw: text = "thaw " + fault.actor.text; break;
    case Fault::Kind::limit:
      text = fault.sysctl;
      if (text.empty()) text = fmt::format("{}{} of {}", fault.rlimit, fault.cgroup, fault.actor.text);
      text += " = " + value_text(*node.find("value"));
      break;
  }
  if (fault.armed()) {
    text += fmt::format(" at the {} of {}", fault.moment == Fault::Moment::exit ? "exit" : "entry", fault.call->name);
    if (const Node* where = node.find("where")) text += fmt::format("({})", value_text(where->members[0].value));
    text += fault.nth.all() ? ", always" : fmt::format(" number {}", fault.nth.text());
    if (!fault.engine.empty()) text += ", by " + fault.engine;
  }
  if (!fault.after_call.empty()) text += fmt::format(" after {} x {}", fault.after_times, fault.after_call);
  return "-- " + text + " --";
}

std::string handled_text(const Step& step) {
  std::vector<std::string> signals;
  for (const Node& item : step.node.find("handled")->items) {
    std::string name = "a signal";
    std::vector<std::string> facts;
    for (const Member& member : item.members)
      if (member.key == "si_signo")
        name = either(member.value);
      else
        facts.push_back(fmt::format("{}={}", member.key, either(member.value)));
    if (item.is_string()) name = item.text;
    signals.push_back(facts.empty() ? name : fmt::format("{} {{{}}}", name, join(facts, ", ")));
  }
  const std::string text = signals.empty() ? "no signal" : join(signals, ", ");
  return fmt::format("--- {} handled{} ---", text, step.any_order && signals.size() > 1 ? " in any order" : "");
}

std::string starts_text(const Step& step) {
  const Node* expect = step.node.find("expect");
  return fmt::format("--- started by {}{} ---", step.row->name,
                     expect == nullptr || expect->members.empty() ? "" : " " + value_text(*expect));
}

/// A block that does not change how its steps run.
bool is_bracket(const Step& step) {
  return step.kind == Step::Kind::block && step.loop == Step::Loop::once && !step.in_turn && !step.measure;
}

/// "when x is y": what decides at run time whether the step is done; "" for nothing.
std::string when_text(const Step& step) {
  if (!step.when.expression && step.when.answers.empty()) return "";
  const Node& when = *step.node.find("when");
  std::vector<std::string> parts;
  for (const Member& member : when.members) parts.push_back(member.key + " is " + value_text(member.value));
  return "when " + (when.is_object() ? join(parts, " and ") : value_text(when));
}

std::string measure_text(const Step& step) {
  const Node* per = step.node.find("per");
  return fmt::format("measuring {}{}, which costs {}", value_text(*step.node.find("measure")),
                     per == nullptr ? "" : " per " + value_text(*per), value_text(*step.node.find("expect")));
}

std::string block_text(const Step& step) {
  std::string text;
  switch (step.loop) {
    case Step::Loop::once: text = step.in_turn ? "in turn" : when_text(step); break;
    case Step::Loop::repeat: text = "repeat " + value_text(*step.node.find("repeat")); break;
    case Step::Loop::until: text = "until = " + outcome_text(step.steps.back(), *step.node.find("until")); break;
    case Step::Loop::condition: text = "while " + value_text(*step.node.find("while")); break;
  }
  if (const Node* at_most = step.node.find("at_most")) text += fmt::format(", within {} rounds", value_text(*at_most));
  if (const Node* counter = step.node.find("counter")) text += fmt::format(", counting {}", counter->text);
  if (step.measure) text += (text.empty() ? "" : ", ") + measure_text(step);
  return (text.empty() ? "steps" : text) + ":";
}

std::string concurrently_text(const Step& step) {
  std::string text = "concurrently";
  if (step.node.find("measure") != nullptr) text += ", " + measure_text(step);
  if (step.timed != Step::Timed::no) text += fmt::format(", a {}", value_text(*step.node.find("timed")));
  return text + ":";
}

/// Layout, tags and condition: what stands behind the result.
std::string remarks(const Step& step) {
  std::string text;
  if (const Node* layout = step.node.find("layout")) text += "  {" + joined(*layout, "; ") + "}";
  for (const char* tag : {"puts", "takes", "enters", "leaves"})
    if (const Node* name = step.node.find(tag)) text += fmt::format("  {} {}", tag, value_text(*name));
  const std::string when = when_text(step);
  if (!when.empty() && !is_bracket(step)) text += fmt::format("  [{}]", when);
  return text;
}

std::string body(const Step& step) {
  switch (step.kind) {
    case Step::Kind::call: return fmt::format("{} = {}{}", call_text(step), expected_text(step), remarks(step));
    case Step::Kind::resumes:
      return fmt::format("<... {} resumed> = {}{}", step.row->name, expected_text(step), remarks(step));
    case Step::Kind::blocked: return fmt::format("still in {}{}", step.row->name, remarks(step));
    case Step::Kind::handled: return handled_text(step) + remarks(step);
    case Step::Kind::dies: {
      const std::string how = step.dies_signal != 0 ? "killed by " + signal_name(step.dies_signal)
                                                    : fmt::format("exited with {}", step.dies_status);
      return fmt::format("+++ {} +++{}", how, remarks(step));
    }
    case Step::Kind::starts: return starts_text(step) + remarks(step);
    case Step::Kind::fault: return fault_text(*step.fault, step.node) + remarks(step);
    case Step::Kind::block: return block_text(step) + remarks(step);
    case Step::Kind::concurrently: return concurrently_text(step) + remarks(step);
  }
  return "";
}

std::string actor_text(const Step& step) {
  const Node* as = step.node.find("as");
  if (step.as.kind == Actors::Kind::members || as == nullptr || !as->is_object()) return step.as.text;
  const std::string group = value_text(*as->find("of"));
  if (step.as.kind == Actors::Kind::any)
    return fmt::format("{} (any, called {})", group, value_text(*as->find("named")));
  return fmt::format("{} except {}", group, value_text(*as->find("except")));
}

bool has_actor(const Step& step) { return step.kind != Step::Kind::fault && step.kind != Step::Kind::concurrently; }

std::size_t actor_width(const Program& program) {
  std::size_t width = 0;
  for (const Step* step : program.steps)
    if (const std::size_t size = actor_text(*step).size(); has_actor(*step) && size <= kWidestActor)
      width = std::max(width, size);
  return width;
}

std::string line_of(const Step& step, const std::string& actor, std::size_t width, std::size_t depth) {
  const std::string indent(2 * depth, ' ');
  if (step.kind == Step::Kind::fault) return indent + body(step);
  return fmt::format("{:<{}}  {}{}", actor, width, indent, body(step));
}

void add_lines(const std::vector<Step>& steps, std::size_t depth, std::size_t width, bool actor_shown,
               std::vector<std::pair<int, std::string>>& lines) {
  for (const Step& step : steps) {
    if (!step.when.constant) continue;
    const bool plain = is_bracket(step) && when_text(step).empty();
    if (plain) {  // only a bracket: its steps show who acts
      add_lines(step.steps, depth, width, actor_shown && step.inherits, lines);
      continue;
    }
    const bool hide = !has_actor(step) || (actor_shown && step.inherits);
    lines.emplace_back(step.line, line_of(step, hide ? "" : actor_text(step), width, depth));
    add_lines(step.steps, depth + 1, width, step.kind == Step::Kind::block, lines);
  }
}

}  // namespace

std::string call_text(const Step& step) {
  const Row& row = *step.row;
  const int selecting = row.selector();
  const Node* choice = selecting < 0 ? nullptr : step.node.find(row.params[static_cast<std::size_t>(selecting)].name);
  const std::string selected = choice != nullptr && choice->is_string() ? choice->text : "";
  std::vector<std::string> parts;
  std::vector<std::string> bound;
  bool positional = true;
  const auto flush = [&] {
    if (!bound.empty()) parts.push_back("[" + join(bound, ", ") + "]");
    bound.clear();
  };
  for (std::size_t i = 0; i < row.params.size(); ++i) {
    const Param& param = row.params[i];
    if (row.param(param.name, selected) != static_cast<int>(i)) continue;
    const Node* given = step.node.find(param.name);
    if (param.direction == Direction::binds) {
      if (given != nullptr) bound.push_back(value_text(*given));
      continue;
    }
    flush();
    if (given == nullptr) {
      positional = positional && param.direction == Direction::out;
      continue;
    }
    const std::string text = argument_text(param, *given);
    parts.push_back(positional ? text : fmt::format("{}={}", param.name, text));
  }
  flush();
  return fmt::format("{}({})", row.name, join(parts, ", "));
}

std::string facts_text(const Node& outcome) {
  constexpr std::array<std::string_view, 4> kElsewhere = {"return", "error", "signal", "dies"};
  std::vector<std::string> parts;
  for (const Member& member : outcome.members)
    if (std::find(kElsewhere.begin(), kElsewhere.end(), member.key) == kElsewhere.end())
      parts.push_back(fact_text(member));
  return join(parts, ", ");
}

std::string step_line(const Program& program, const Step& step) {
  return has_actor(step) ? line_of(step, actor_text(step), actor_width(program), 0) : body(step);
}

std::vector<std::string> trace_lines(const Program& program) {
  std::vector<std::pair<int, std::string>> lines;
  add_lines(program.script, 0, actor_width(program), false, lines);
  int last = 0;
  for (const auto& [number, text] : lines) last = std::max(last, number);
  std::vector<std::string> numbered;
  for (const auto& [number, text] : lines)
    numbered.push_back(fmt::format("{:>{}}  {}", number, std::to_string(last).size(), text));
  return numbered;
}

}  // namespace kipc
