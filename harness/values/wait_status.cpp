#include "values/wait_status.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstring>

#include "base/text.hpp"
#include "values/out_integer.hpp"

namespace kipc {
namespace {

enum Form { number, any_of, exited, killed, stopped, continued };

constexpr std::pair<std::string_view, Form> kForms[] = {
    {"exited", exited}, {"killed", killed}, {"stopped", stopped}, {"continued", continued}};

Form form_of(int status) {
  if (WIFEXITED(status)) return exited;
  if (WIFSIGNALED(status)) return killed;
  if (WIFSTOPPED(status)) return stopped;
  if (WIFCONTINUED(status)) return continued;
  return number;
}

std::string show(int status) {
  switch (form_of(status)) {
    case exited: return fmt::format("{{exited={}}}", WEXITSTATUS(status));
    case killed:
      return fmt::format("{{killed={}{}}}", signal_name(WTERMSIG(status)), WCOREDUMP(status) ? ", core dumped" : "");
    case stopped: return fmt::format("{{stopped={}}}", signal_name(WSTOPSIG(status)));
    case continued: return "{continued}";
    default: return fmt::format("{:#x}", static_cast<unsigned>(status));
  }
}

/// As show() has it, for what a case expects.
std::string written(const Node& node) { return node.is_string() ? node.text : to_json(node); }

class WaitStatusType : public Type {
 public:
  std::string name() const override { return "wait status"; }
  std::string schema() const override { return out_integer_type().schema(); }
  std::string expected_schema() const override {
    const std::string one =
        R"({"type": "object", "minProperties": 1, "maxProperties": 1, "properties": {)"
        R"("exited": {"$ref": "#/$defs/matcher"}, "killed": {"$ref": "#/$defs/matcher"}, )"
        R"("stopped": {"$ref": "#/$defs/matcher"}, "continued": {"const": true}}, "additionalProperties": false})";
    return fmt::format(R"({{"anyOf": [{0}, {{"type": "array", "items": {0}}}, {{"$ref": "#/$defs/matcher"}}]}})", one);
  }
  Arg compile(const Node& node, Scope& scope) const override { return out_integer_type().compile(node, scope); }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    out_integer_type().marshal(arg, frame, slot);
  }

  // number: items[0] is a matcher; any_of: items; else items[0] is a matcher of the code or signal
  Arg compile_expected(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_array()) {
      if (node.items.empty()) case_error_at(scope, node, "at least one allowed status");
      arg.tag = any_of;
      for (const Node& item : node.items) arg.items.push_back(compile_expected(item, scope));
      return arg;
    }
    if (!node.is_object()) {
      arg.text = written(node);
      arg.items.push_back(integer_type().compile_expected(node, scope));
      return arg;
    }
    only_keys(scope, node, {"exited", "killed", "stopped", "continued"});
    if (node.members.size() != 1) case_error_at(scope, node, "one of exited, killed, stopped, continued");
    const Member& member = node.members[0];
    arg.text = member.key == "continued" ? "{continued}" : fmt::format("{{{}={}}}", member.key, written(member.value));
    for (const auto& [key, form] : kForms)
      if (key == member.key) arg.tag = form;
    if (arg.tag == continued) {
      if (!member.value.is(Node::Kind::boolean) || !member.value.flag) case_error_at(scope, member.value, "true");
      return arg;
    }
    const Type& type = arg.tag == exited ? integer_type() : signal_type();
    arg.items.push_back(type.compile_expected(member.value, scope));
    if (arg.tag == exited && member.value.is_integer() && (member.value.number < 0 || member.value.number > 255))
      case_error_at(scope, member.value, "an exit status from 0 to 255");
    return arg;
  }

  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    if (actual.size() < sizeof(int)) {
      why = "no status came back";
      return false;
    }
    int status = 0;
    std::memcpy(&status, actual.data(), sizeof status);
    if (fits(expected, status, env)) return true;
    why = fmt::format("{}, not {}", show(status), wanted(expected));
    return false;
  }

  std::string print(std::string_view actual) const override {
    int status = 0;
    if (actual.size() >= sizeof status) std::memcpy(&status, actual.data(), sizeof status);
    return show(status);
  }

 private:
  static bool fits(const Arg& expected, int status, Env& env) {
    if (expected.tag == any_of) {
      for (const Arg& item : expected.items)
        if (fits(item, status, env)) return true;
      return false;
    }
    if (expected.tag == number) return match_integer(expected.items[0], status, env);
    if (form_of(status) != expected.tag) return false;
    switch (expected.tag) {
      case exited: return match_integer(expected.items[0], WEXITSTATUS(status), env);
      case killed: return match_integer(expected.items[0], WTERMSIG(status), env);
      case stopped: return match_integer(expected.items[0], WSTOPSIG(status), env);
      default: return true;
    }
  }
  static std::string wanted(const Arg& expected) {
    if (expected.tag != any_of) return expected.text;
    std::vector<std::string> parts;
    for (const Arg& item : expected.items) parts.push_back(wanted(item));
    return join(parts, " or ");
  }
};

}  // namespace

const Type& wait_status_type() {
  static const WaitStatusType type;
  return type;
}

}  // namespace kipc
