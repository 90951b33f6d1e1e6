#include "values/signal_types.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "base/text.hpp"

namespace kipc {
namespace {

constexpr int kSignals = 128;
constexpr int kRestorer = 0x04000000;  // SA_RESTORER: between the libc and the kernel

void add(SignalBits& bits, int signal) { bits.words[(signal - 1) / 64] |= std::uint64_t{1} << ((signal - 1) % 64); }

bool contains(const SignalBits& bits, int signal) {
  return (bits.words[(signal - 1) / 64] >> ((signal - 1) % 64) & 1) != 0;
}

std::string list_text(const SignalBits& bits) {
  std::vector<std::string> names;
  for (int signal = 1; signal <= kSignals; ++signal)
    if (contains(bits, signal)) names.push_back(signal_name(signal));
  return "[" + join(names, ", ") + "]";
}

bool is_bad_pointer(const Node& node) { return node.is_string() && (node.text == "null" || node.text == "unmapped"); }

void marshal_bad_pointer(const Arg& arg, Frame& frame, Slot& slot) {
  slot.p = arg.text == "null" ? nullptr : frame.buffers[1].guard();
}

constexpr const char* kListSchema = R"({"type": "array", "items": {"$ref": "#/$defs/integer"}})";

class SignalSetType : public Type {
 public:
  explicit SignalSetType(bool out) : out_(out) {}
  std::string name() const override { return "sigset_t"; }
  std::string schema() const override {
    constexpr const char* kPointers = R"({"enum": ["null", "unmapped"]})";
    return out_ ? kPointers : fmt::format(R"({{"anyOf": [{}, {}]}})", kPointers, kListSchema);
  }
  std::string expected_schema() const override {
    return fmt::format(R"({{"anyOf": [{0}, {{"type": "object", "properties": {{"has": {0}, "lacks": {0}}}, )"
                       R"("additionalProperties": false}}]}})",
                       kListSchema);
  }

  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (is_bad_pointer(node)) {
      arg.text = node.text;
      return arg;
    }
    if (out_) case_error_at(scope, node, "\"null\" or \"unmapped\" (what comes back belongs in \"expect\")");
    return compile_list(node, scope);
  }

  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (!arg.text.empty()) {
      marshal_bad_pointer(arg, frame, slot);
      return;
    }
    auto* set = frame.scratch.take_object<sigset_t>();
    ::sigemptyset(set);
    for (const Arg& item : arg.items) {
      const std::int64_t signal = item.expr.eval(frame.env);
      if (signal < 1 || signal > kSignals || ::sigaddset(set, static_cast<int>(signal)) != 0)
        throw EvalError{fmt::format("{} is not a signal", signal)};
    }
    slot.p = set;
    slot.n = sizeof *set;
  }

  // fields: "" for the exact set, else "has" and "lacks"
  Arg compile_expected(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_array()) {
      arg.fields.emplace_back("", compile_list(node, scope));
      return arg;
    }
    if (!node.is_object()) case_error_at(scope, node, R"(a list of signals, {"has": […]} or {"lacks": […]})");
    only_keys(scope, node, {"has", "lacks"});
    for (const Member& member : node.members) arg.fields.emplace_back(member.key, compile_list(member.value, scope));
    if (arg.fields.empty()) case_error_at(scope, node, "'has' or 'lacks'");
    return arg;
  }

  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    SignalBits bits = {};
    if (actual.size() < sizeof bits) {
      why = "no set of signals came back";
      return false;
    }
    std::memcpy(&bits, actual.data(), sizeof bits);
    for (const auto& [key, list] : expected.fields) {
      SignalBits wanted = {};
      for (const Arg& item : list.items) {
        const std::int64_t signal = item.expr.eval(env);
        if (signal < 1 || signal > kSignals) throw EvalError{fmt::format("{} is not a signal", signal)};
        add(wanted, static_cast<int>(signal));
      }
      bool fine = true;
      for (std::size_t i = 0; i < 2; ++i) {
        const std::uint64_t common = bits.words[i] & wanted.words[i];
        fine = fine && (key.empty()    ? bits.words[i] == wanted.words[i]
                        : key == "has" ? common == wanted.words[i]
                                       : common == 0);
      }
      if (fine) continue;
      why = fmt::format("{}, not {}{}", list_text(bits),
                        key.empty()    ? ""
                        : key == "has" ? "with "
                                       : "without ",
                        list_text(wanted));
      return false;
    }
    return true;
  }

  std::string print(std::string_view actual) const override {
    SignalBits bits = {};
    if (actual.size() < sizeof bits) return "[]";
    std::memcpy(&bits, actual.data(), sizeof bits);
    return list_text(bits);
  }

 private:
  static Arg compile_list(const Node& node, Scope& scope) {
    if (!node.is_array()) case_error_at(scope, node, R"(a list of signals such as ["SIGUSR1", "SIGRTMIN+1"])");
    Arg arg;
    for (const Node& item : node.items) arg.items.push_back(signal_type().compile(item, scope));
    return arg;
  }
  bool out_;
};

const Type& flags_type() {
#define KIPC_FLAG(name) \
  Constant { #name, name }
  static constexpr std::array kFlags = {
      KIPC_FLAG(SA_NOCLDSTOP), KIPC_FLAG(SA_NOCLDWAIT), KIPC_FLAG(SA_NODEFER), KIPC_FLAG(SA_ONSTACK),
      KIPC_FLAG(SA_RESETHAND), KIPC_FLAG(SA_RESTART),   KIPC_FLAG(SA_SIGINFO),
  };
#undef KIPC_FLAG
  static const auto type = make_flags_type("sa_flags", kFlags);
  return *type;
}

const Type& handler_type() {
  static constexpr std::array kHandlers = {Constant{"SIG_DFL", SigAction::dfl}, Constant{"SIG_IGN", SigAction::ign},
                                           Constant{"log", SigAction::log}, Constant{"other", SigAction::other}};
  static const auto type = make_enum_type("handler", kHandlers);
  return *type;
}

class SigactionType : public Type {
 public:
  std::string name() const override { return "struct sigaction"; }
  std::string schema() const override {
    return fmt::format(
        R"({{"anyOf": [{{"enum": ["null"]}}, {{"type": "object", "properties": {{"sa_handler": )"
        R"({{"enum": ["SIG_DFL", "SIG_IGN", "log"]}}, "sa_sigaction": {{"enum": ["log"]}}, "sa_flags": {}, )"
        R"("sa_mask": {}}}, "additionalProperties": false}}]}})",
        flags_type().schema(), kListSchema);
  }

  // items: the handler, sa_flags, sa_mask
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_string() && node.text == "null") {
      arg.text = node.text;
      return arg;
    }
    if (!node.is_object()) case_error_at(scope, node, R"(an action such as {"sa_sigaction": "log"}, or "null")");
    only_keys(scope, node, {"sa_handler", "sa_sigaction", "sa_flags", "sa_mask"});
    const Node* simple = node.find("sa_handler");
    const Node* full = node.find("sa_sigaction");
    if ((simple == nullptr) == (full == nullptr)) case_error_at(scope, node, "\"sa_handler\" or \"sa_sigaction\"");
    const Node& handler = simple != nullptr ? *simple : *full;
    const bool known = handler.is_string() && (handler.text == "log" || (full == nullptr && handler.text != "other"));
    if (!known) case_error_at(scope, handler, full != nullptr ? "\"log\"" : "\"SIG_DFL\", \"SIG_IGN\" or \"log\"");
    arg.items.push_back(handler_type().compile(handler, scope));
    arg.items.emplace_back();
    arg.items.emplace_back();
    if (const Node* flags = node.find("sa_flags")) arg.items[1] = flags_type().compile(*flags, scope);
    if (const Node* mask = node.find("sa_mask")) arg.items[2] = signal_set_type().compile(*mask, scope);
    return arg;
  }

  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (!arg.text.empty()) return;
    auto* action = frame.scratch.take_object<struct sigaction>();
    Slot flags;
    Slot mask;
    flags_type().marshal(arg.items[1], frame, flags);
    signal_set_type().marshal(arg.items[2], frame, mask);
    action->sa_flags = flags.as_int();
    if (mask.p != nullptr) action->sa_mask = *mask.as<sigset_t>();
    switch (arg.items[0].expr.eval(frame.env)) {
      case SigAction::dfl: action->sa_handler = SIG_DFL; break;
      case SigAction::ign: action->sa_handler = SIG_IGN; break;
      default:
        action->sa_sigaction = reinterpret_cast<void (*)(int, siginfo_t*, void*)>(frame.host.handler_function());
        action->sa_flags |= SA_SIGINFO;
    }
    slot.p = action;
    slot.n = sizeof *action;
  }
};

class OutSigactionType : public Type {
 public:
  std::string name() const override { return "struct sigaction"; }
  std::string schema() const override { return R"({"enum": ["null"]})"; }
  std::string expected_schema() const override {
    return fmt::format(
        R"({{"type": "object", "properties": {{"sa_handler": {0}, "sa_sigaction": {0}, "sa_flags": {1}, )"
        R"("sa_mask": {2}}}, "additionalProperties": false}})",
        handler_type().expected_schema(), flags_type().expected_schema(), out_signal_set_type().expected_schema());
  }
  Arg compile(const Node& node, Scope& scope) const override {
    if (!node.is_string() || node.text != "null")
      case_error_at(scope, node, "\"null\" (what comes back belongs in \"expect\")");
    return {};
  }
  void marshal(const Arg& /*arg*/, Frame& /*frame*/, Slot& /*slot*/) const override {}

  Arg compile_expected(const Node& node, Scope& scope) const override {
    if (!node.is_object()) case_error_at(scope, node, R"(an object such as {"sa_handler": "SIG_DFL"})");
    only_keys(scope, node, {"sa_handler", "sa_sigaction", "sa_flags", "sa_mask"});
    Arg arg;
    for (const Member& member : node.members)
      arg.fields.emplace_back(member.key, type_of(member.key).compile_expected(member.value, scope));
    return arg;
  }

  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    SigAction action = {};
    if (actual.size() < sizeof action) {
      why = "no struct sigaction came back";
      return false;
    }
    std::memcpy(&action, actual.data(), sizeof action);
    for (const auto& [key, item] : expected.fields) {
      std::string reason;
      if (type_of(key).matches(item, bytes_of(action, key), env, reason)) continue;
      why = fmt::format("{} is {}", key, reason);
      return false;
    }
    return true;
  }

  std::string print(std::string_view actual) const override {
    SigAction action = {};
    if (actual.size() < sizeof action) return "{}";
    std::memcpy(&action, actual.data(), sizeof action);
    std::vector<std::string> parts;
    for (const std::string_view key : {"sa_handler", "sa_flags", "sa_mask"})
      parts.push_back(fmt::format("{}={}", key, type_of(key).print(bytes_of(action, key))));
    return "{" + join(parts, ", ") + "}";
  }

 private:
  static const Type& type_of(std::string_view key) {
    return key == "sa_flags" ? flags_type() : key == "sa_mask" ? out_signal_set_type() : handler_type();
  }
  static std::string bytes_of(const SigAction& action, std::string_view key) {
    if (key == "sa_mask") return {reinterpret_cast<const char*>(&action.mask), sizeof action.mask};
    const std::int64_t value = key == "sa_flags" ? action.flags : action.handler;
    return {reinterpret_cast<const char*>(&value), sizeof value};
  }
};

}  // namespace

SignalBits flatten(const sigset_t& set) {
  SignalBits bits = {};
  for (int signal = 1; signal < NSIG && signal <= kSignals; ++signal)
    if (::sigismember(&set, signal) == 1) add(bits, signal);
  return bits;
}

SigAction flatten(const struct sigaction& action, const void* log) {
  SigAction flat = {};
  const auto* function = reinterpret_cast<const void*>(action.sa_handler);
  flat.handler = action.sa_handler == SIG_DFL   ? SigAction::dfl
                 : action.sa_handler == SIG_IGN ? SigAction::ign
                 : function == log              ? SigAction::log
                                                : SigAction::other;
  flat.flags = action.sa_flags & ~kRestorer;
  flat.mask = flatten(action.sa_mask);
  return flat;
}

const Type& signal_set_type() {
  static const SignalSetType type(false);
  return type;
}
const Type& out_signal_set_type() {
  static const SignalSetType type(true);
  return type;
}
const Type& sigaction_type() {
  static const SigactionType type;
  return type;
}
const Type& out_sigaction_type() {
  static const OutSigactionType type;
  return type;
}

}  // namespace kipc
