#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>

#include "base/text.hpp"
#include "values/type.hpp"

namespace kipc {
namespace {

enum Matcher { any_of, equal, not_equal, less, less_equal, greater, greater_equal, range, has, lacks, exact_set };

std::int64_t actual_integer(std::string_view actual) {
  std::int64_t value = 0;
  std::memcpy(&value, actual.data(), std::min(sizeof value, actual.size()));
  return value;
}

Arg compile_matcher(const Node& node, Scope& scope) {
  Arg arg;
  arg.tag = equal;
  if (node.is_array()) {
    arg.tag = any_of;
    for (const Node& item : node.items) arg.items.push_back(compile_matcher(item, scope));
    if (arg.items.empty()) case_error_at(scope, node, "at least one allowed value");
    return arg;
  }
  if (!node.is_string()) {
    arg.expr = scope.expression(node);
    return arg;
  }
  std::string_view text = node.text;
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  constexpr std::pair<std::string_view, Matcher> kPrefixes[] = {
      {">=", greater_equal}, {"<=", less_equal}, {"!=", not_equal}, {"==", equal}, {">", greater}, {"<", less}};
  for (const auto& [prefix, tag] : kPrefixes)
    if (text.substr(0, prefix.size()) == prefix) {
      arg.tag = tag;
      arg.text = std::string(text);
      arg.expr = scope.expression(node, text.substr(prefix.size()));
      return arg;
    }
  if (const std::size_t dots = text.find(".."); dots != std::string_view::npos) {
    arg.tag = range;
    arg.items.resize(2);
    arg.items[0].expr = scope.expression(node, text.substr(0, dots));
    arg.items[1].expr = scope.expression(node, text.substr(dots + 2));
    return arg;
  }
  arg.expr = scope.expression(node, text);
  return arg;
}

constexpr const char* kIntegerSchema = R"({"$ref": "#/$defs/integer"})";
constexpr const char* kMatcherSchema = R"({"$ref": "#/$defs/matcher"})";

class IntegerType : public Type {
 public:
  explicit IntegerType(bool octal) : octal_(octal) {}
  std::string name() const override { return octal_ ? "mode" : "integer"; }
  std::string schema() const override { return kIntegerSchema; }
  std::string expected_schema() const override { return kMatcherSchema; }
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    arg.expr = scope.expression(node);
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override { slot.i = arg.expr.eval(frame.env); }
  Arg compile_expected(const Node& node, Scope& scope) const override { return compile_matcher(node, scope); }
  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    if (match_integer(expected, actual_integer(actual), env)) return true;
    why = fmt::format("{}, not {}", print(actual), matcher_text(expected, env));
    return false;
  }
  std::string print(std::string_view actual) const override {
    return octal_ ? fmt::format("{:#o}", actual_integer(actual)) : std::to_string(actual_integer(actual));
  }

 private:
  bool octal_;
};

class PidType : public IntegerType {
 public:
  PidType() : IntegerType(false) {}
  std::string name() const override { return "pid"; }
};

std::vector<std::string_view> names_of(Constants constants) {
  std::vector<std::string_view> names;
  for (const Constant& constant : constants) names.push_back(constant.name);
  return names;
}

const Constant* find_constant(Constants constants, std::string_view name) {
  for (const Constant& constant : constants)
    if (constant.name == name) return &constant;
  return nullptr;
}

std::string quoted_list(Constants constants) {
  std::string out;
  for (const Constant& constant : constants) out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", constant.name);
  return out;
}

class FlagsType : public Type {
 public:
  FlagsType(std::string type_name, Constants constants) : name_(std::move(type_name)), constants_(constants) {}
  std::string name() const override { return name_; }
  std::string schema() const override {
    return fmt::format(
        R"({{"type": "array", "items": {{"anyOf": [{{"enum": [{}]}}, {{"$ref": "#/$defs/integer"}}]}}}})",
        quoted_list(constants_));
  }
  std::string expected_schema() const override {
    const std::string list = schema();
    return fmt::format(
        R"({{"anyOf": [{}, {{"type": "object", "properties": {{"has": {}, "lacks": {}}}, "additionalProperties": false}}, {}]}})",
        list, list, list, kIntegerSchema);
  }
  Arg compile(const Node& node, Scope& scope) const override {
    if (!node.is_array()) case_error_at(scope, node, "a list of flags");
    Arg arg;
    for (const Node& item : node.items) arg.items.push_back(one(item, scope));
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override { slot.i = value(arg, frame.env); }
  Arg compile_expected(const Node& node, Scope& scope) const override {
    if (node.is_array()) {
      Arg arg = compile(node, scope);
      arg.tag = exact_set;
      return arg;
    }
    if (!node.is_object()) return compile_matcher(node, scope);
    only_keys(scope, node, {"has", "lacks"});
    Arg arg;
    arg.tag = has;
    for (const Member& member : node.members) {
      arg.items.push_back(compile(member.value, scope));
      arg.items.back().tag = member.key == "has" ? has : lacks;
    }
    if (arg.items.empty()) case_error_at(scope, node, "'has' or 'lacks'");
    return arg;
  }
  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    const std::int64_t flags = actual_integer(actual);
    bool fine = true;
    std::string wanted;
    if (expected.tag == exact_set) {
      fine = flags == value(expected, env);
      wanted = print_value(value(expected, env));
    } else if (expected.tag == has) {
      for (const Arg& part : expected.items) {
        const std::int64_t bits = value(part, env);
        if (part.tag == has ? (flags & bits) != bits : (flags & bits) != 0) {
          fine = false;
          wanted += fmt::format("{}{} {}", wanted.empty() ? "" : " and ", part.tag == has ? "with" : "without",
                                print_value(bits));
        }
      }
    } else {
      fine = match_integer(expected, flags, env);
      wanted = matcher_text(expected, env);
    }
    if (!fine) why = fmt::format("{}, not {}", print_value(flags), wanted);
    return fine;
  }
  std::string print(std::string_view actual) const override { return print_value(actual_integer(actual)); }

 private:
  Arg one(const Node& item, Scope& scope) const {
    Arg arg;
    if (item.is_string())
      if (const Constant* constant = find_constant(constants_, item.text)) {
        arg.expr = Expr(constant->value);
        return arg;
      }
    if (item.is_string() && !item.text.empty() && std::isalpha(static_cast<unsigned char>(item.text[0])) != 0) {
      try {
        arg.expr = scope.expression(item);
      } catch (const CaseError&) {
        case_error(scope, item, fmt::format("one of {}", join_names()), fmt::format("'{}'", item.text),
                   did_you_mean(item.text, names_of(constants_)));
      }
      return arg;
    }
    arg.expr = scope.expression(item);
    return arg;
  }
  std::string join_names() const {
    std::vector<std::string> parts;
    for (const Constant& constant : constants_) parts.emplace_back(constant.name);
    return join(parts, ", ");
  }
  static std::int64_t value(const Arg& arg, Env& env) {
    std::int64_t flags = 0;
    for (const Arg& item : arg.items) flags |= item.expr.eval(env);
    return flags;
  }
  std::string print_value(std::int64_t flags) const {
    std::string out;
    std::int64_t rest = flags;
    for (const Constant& constant : constants_)
      if (constant.value != 0 && (rest & constant.value) == constant.value) {
        out += fmt::format("{}{}", out.empty() ? "" : "|", constant.name);
        rest &= ~constant.value;
      }
    if (rest != 0 || out.empty()) {
      for (const Constant& constant : constants_)
        if (flags == 0 && constant.value == 0) return std::string(constant.name);
      out += fmt::format("{}{:#o}", out.empty() ? "" : "|", rest);
    }
    return out;
  }
  std::string name_;
  Constants constants_;
};

class EnumType : public Type {
 public:
  EnumType(std::string type_name, Constants constants) : name_(std::move(type_name)), constants_(constants) {}
  std::string name() const override { return name_; }
  std::string schema() const override {
    return fmt::format(R"({{"anyOf": [{{"enum": [{}]}}, {{"$ref": "#/$defs/integer"}}]}})", quoted_list(constants_));
  }
  std::string expected_schema() const override {
    return fmt::format(R"({{"anyOf": [{}, {}]}})", schema(), kMatcherSchema);
  }
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_string())
      if (const Constant* constant = find_constant(constants_, node.text)) {
        arg.expr = Expr(constant->value);
        arg.text = node.text;
        return arg;
      }
    try {
      arg.expr = scope.expression(node);
    } catch (const CaseError&) {
      const std::vector<std::string_view> all = names_of(constants_);
      std::vector<std::string> parts(all.begin(), all.end());
      case_error(scope, node, "one of " + join(parts, ", "), describe(node), did_you_mean(node.text, all));
    }
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override { slot.i = arg.expr.eval(frame.env); }
  Arg compile_expected(const Node& node, Scope& scope) const override {
    if (node.is_string() && find_constant(constants_, node.text) != nullptr) {
      Arg arg = compile(node, scope);
      arg.tag = equal;
      return arg;
    }
    if (node.is_array()) {
      Arg arg;
      arg.tag = any_of;
      for (const Node& item : node.items) arg.items.push_back(compile_expected(item, scope));
      return arg;
    }
    return compile_matcher(node, scope);
  }
  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    if (match_integer(expected, actual_integer(actual), env)) return true;
    why = fmt::format("{}, not {}", print(actual), expected.text.empty() ? matcher_text(expected, env) : expected.text);
    return false;
  }
  std::string print(std::string_view actual) const override {
    const std::int64_t value = actual_integer(actual);
    for (const Constant& constant : constants_)
      if (constant.value == value) return std::string(constant.name);
    return std::to_string(value);
  }

 private:
  std::string name_;
  Constants constants_;
};

class SignalType : public EnumType {
 public:
  SignalType() : EnumType("signal", signal_constants()) {}
  std::string schema() const override { return R"({"$ref": "#/$defs/integer"})"; }
  std::string print(std::string_view actual) const override {
    return signal_name(static_cast<int>(actual_integer(actual)));
  }
};

}  // namespace

bool match_integer(const Arg& expected, std::int64_t actual, Env& env) {
  switch (expected.tag) {
    case any_of:
      return std::any_of(expected.items.begin(), expected.items.end(),
                         [&](const Arg& item) { return match_integer(item, actual, env); });
    case equal: return actual == expected.expr.eval(env);
    case not_equal: return actual != expected.expr.eval(env);
    case less: return actual < expected.expr.eval(env);
    case less_equal: return actual <= expected.expr.eval(env);
    case greater: return actual > expected.expr.eval(env);
    case greater_equal: return actual >= expected.expr.eval(env);
    case range: return actual >= expected.items[0].expr.eval(env) && actual <= expected.items[1].expr.eval(env);
    default: return false;
  }
}

std::string matcher_text(const Arg& expected, Env& env) {
  const auto value = [&](const Expr& expr) {
    try {
      return std::to_string(expr.eval(env));
    } catch (const EvalError& error) {
      return error.text;
    }
  };
  switch (expected.tag) {
    case any_of: {
      std::vector<std::string> parts;
      for (const Arg& item : expected.items) parts.push_back(matcher_text(item, env));
      return join(parts, " or ");
    }
    case not_equal: return "!= " + value(expected.expr);
    case less: return "< " + value(expected.expr);
    case less_equal: return "<= " + value(expected.expr);
    case greater: return "> " + value(expected.expr);
    case greater_equal: return ">= " + value(expected.expr);
    case range: return value(expected.items[0].expr) + ".." + value(expected.items[1].expr);
    default: return value(expected.expr);
  }
}

const Type& integer_type() {
  static const IntegerType type(false);
  return type;
}
const Type& mode_type() {
  static const IntegerType type(true);
  return type;
}
const Type& pid_type() {
  static const PidType type;
  return type;
}
const Type& signal_type() {
  static const SignalType type;
  return type;
}
std::unique_ptr<Type> make_flags_type(std::string name, Constants constants) {
  return std::make_unique<FlagsType>(std::move(name), constants);
}
std::unique_ptr<Type> make_enum_type(std::string name, Constants constants) {
  return std::make_unique<EnumType>(std::move(name), constants);
}

}  // namespace kipc
