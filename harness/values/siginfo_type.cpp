#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "base/text.hpp"
#include "values/signal_types.hpp"

namespace kipc {
namespace {

/// Which members of a siginfo_t mean something.
enum class Family { nothing, sender, queued, timer, child, poll, fault };

Family family_of(int signo, int code) {
  switch (code) {
    case SI_USER:
    case SI_TKILL: return Family::sender;
    case SI_TIMER: return Family::timer;
    case SI_KERNEL: return Family::nothing;
    case SI_SIGIO: return Family::poll;
    default: break;
  }
  if (code < 0) return Family::queued;
  switch (signo) {
    case SIGCHLD: return Family::child;
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGSEGV:
    case SIGTRAP: return Family::fault;
    default: return Family::poll;
  }
}

struct Code {
  std::string_view name;
  int value;
  int signo;  // whose code it is; 0: any signal's
};

#define KIPC_CODE(name, signo) \
  Code { #name, name, signo }
// POLL_* come with any signal that F_SETSIG chose.
constexpr std::array kCodes = {
    KIPC_CODE(SI_USER, 0),           KIPC_CODE(SI_QUEUE, 0),
    KIPC_CODE(SI_TIMER, 0),          KIPC_CODE(SI_MESGQ, 0),
    KIPC_CODE(SI_ASYNCIO, 0),        KIPC_CODE(SI_SIGIO, 0),
    KIPC_CODE(SI_TKILL, 0),          KIPC_CODE(SI_KERNEL, 0),
    KIPC_CODE(CLD_EXITED, SIGCHLD),  KIPC_CODE(CLD_KILLED, SIGCHLD),
    KIPC_CODE(CLD_DUMPED, SIGCHLD),  KIPC_CODE(CLD_TRAPPED, SIGCHLD),
    KIPC_CODE(CLD_STOPPED, SIGCHLD), KIPC_CODE(CLD_CONTINUED, SIGCHLD),
    KIPC_CODE(SEGV_MAPERR, SIGSEGV), KIPC_CODE(SEGV_ACCERR, SIGSEGV),
    KIPC_CODE(BUS_ADRALN, SIGBUS),   KIPC_CODE(BUS_ADRERR, SIGBUS),
    KIPC_CODE(BUS_OBJERR, SIGBUS),   KIPC_CODE(ILL_ILLOPC, SIGILL),
    KIPC_CODE(FPE_INTDIV, SIGFPE),   KIPC_CODE(TRAP_BRKPT, SIGTRAP),
    KIPC_CODE(TRAP_TRACE, SIGTRAP),  KIPC_CODE(POLL_IN, SIGIO),
    KIPC_CODE(POLL_OUT, SIGIO),      KIPC_CODE(POLL_MSG, SIGIO),
    KIPC_CODE(POLL_ERR, SIGIO),      KIPC_CODE(POLL_PRI, SIGIO),
    KIPC_CODE(POLL_HUP, SIGIO),
};
#undef KIPC_CODE

std::string code_name(int signo, int code) {
  const Family family = family_of(signo, code);
  const int owner = family == Family::child || family == Family::fault ? signo : family == Family::poll ? SIGIO : 0;
  for (const Code& candidate : kCodes)
    if (candidate.value == code && (candidate.signo == 0 || candidate.signo == owner))
      return std::string(candidate.name);
  return std::to_string(code);
}

const Type& code_type() {
  static const std::array kConstants = [] {
    std::array<Constant, kCodes.size()> constants;
    for (std::size_t i = 0; i < kCodes.size(); ++i) constants[i] = Constant{kCodes[i].name, kCodes[i].value};
    return constants;
  }();
  static const auto type = make_enum_type("si_code", kConstants);
  return *type;
}

constexpr std::array kFields = {
    StructField{"si_signo", offsetof(SigInfo, signo), sizeof(int)},
    StructField{"si_code", offsetof(SigInfo, code), sizeof(int)},
    StructField{"si_errno", offsetof(SigInfo, errno_), sizeof(int)},
    StructField{"si_pid", offsetof(SigInfo, pid), sizeof(int)},
    StructField{"si_uid", offsetof(SigInfo, uid), sizeof(int)},
    StructField{"si_status", offsetof(SigInfo, status), sizeof(int)},
    StructField{"si_value", offsetof(SigInfo, value), sizeof(std::int64_t)},
    StructField{"si_fd", offsetof(SigInfo, fd), sizeof(int)},
    StructField{"si_band", offsetof(SigInfo, band), sizeof(int)},
    StructField{"si_overrun", offsetof(SigInfo, status), sizeof(int)},
    StructField{"si_addr", offsetof(SigInfo, value), sizeof(std::int64_t)},
};

constexpr StructType kSigInfo = {"siginfo_t", sizeof(SigInfo), kFields};

const Type& type_of(const StructField& field) {
  if (field.name == "si_signo" || field.name == "si_status") return signal_type();
  return field.name == "si_code" ? code_type() : integer_type();
}

std::string show(const SigInfo& info, const StructField& field) {
  const std::int64_t value = read_field(&info, field);
  const auto number = static_cast<int>(value);
  if (field.name == "si_signo") return signal_name(number);
  if (field.name == "si_code") return code_name(info.signo, number);
  const bool exited = info.signo == SIGCHLD && info.code == CLD_EXITED;
  if (field.name == "si_status" && family_of(info.signo, info.code) == Family::child && !exited)
    return signal_name(number);
  if (field.name == "si_addr") return fmt::format("{:#x}", static_cast<std::uint64_t>(value));
  return std::to_string(value);
}

class SigInfoType : public Type {
 public:
  std::string name() const override { return "siginfo_t"; }
  std::string schema() const override {
    return fmt::format(R"({{"anyOf": [{{"type": "string"}}, {}]}})", object_schema(false));
  }
  std::string expected_schema() const override { return object_schema(true); }

  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_string()) {
      arg.tag = node.text == "null" ? null : node.text == "unmapped" ? unmapped : bound;
      if (arg.tag == bound) arg.name = scope.bind(node, node.text, NameKind::structure, &kSigInfo);
      return arg;
    }
    arg.tag = given;
    read(node, scope, arg, [](const Type& type, const Node& n, Scope& s) { return type.compile(n, s); });
    return arg;
  }

  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (arg.tag == null) return;
    if (arg.tag == unmapped) {
      slot.p = frame.buffers[1].guard();
      return;
    }
    auto* info = frame.scratch.take_object<siginfo_t>();
    slot.p = info;
    slot.n = sizeof *info;
    for (const Arg& item : arg.items) {
      Slot value;
      type_of(*item.field).marshal(item, frame, value);
      store(*info, item.field->name, value.i);
    }
  }

  Arg compile_expected(const Node& node, Scope& scope) const override {
    Arg arg;
    read(node, scope, arg, [](const Type& type, const Node& n, Scope& s) { return type.compile_expected(n, s); });
    return arg;
  }

  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    if (actual.size() < sizeof(SigInfo)) {
      why = "no siginfo_t came back";
      return false;
    }
    SigInfo info;
    std::memcpy(&info, actual.data(), sizeof info);
    for (const Arg& item : expected.items) {
      if (match_integer(item, read_field(&info, *item.field), env)) continue;
      why = fmt::format("{} is {}, not {}", item.field->name, show(info, *item.field),
                        item.text.empty() ? matcher_text(item, env) : item.text);
      return false;
    }
    return true;
  }

  std::string print(std::string_view actual) const override {
    if (actual.size() < sizeof(SigInfo)) return "{}";
    SigInfo info;
    std::memcpy(&info, actual.data(), sizeof info);
    std::vector<std::string_view> names = {"si_signo", "si_code"};
    switch (family_of(info.signo, info.code)) {
      case Family::nothing: break;
      case Family::sender: names.insert(names.end(), {"si_pid", "si_uid"}); break;
      case Family::queued: names.insert(names.end(), {"si_pid", "si_uid", "si_value"}); break;
      case Family::timer: names.insert(names.end(), {"si_value", "si_overrun"}); break;
      case Family::child: names.insert(names.end(), {"si_pid", "si_uid", "si_status"}); break;
      case Family::poll: names.insert(names.end(), {"si_fd", "si_band"}); break;
      case Family::fault: names.emplace_back("si_addr"); break;
    }
    std::vector<std::string> parts;
    for (const std::string_view field : names)
      parts.push_back(fmt::format("{}={}", field, show(info, *kSigInfo.find(field))));
    return "{" + join(parts, ", ") + "}";
  }

 private:
  enum Form { given, bound, null, unmapped };

  static std::string object_schema(bool expected) {
    std::string properties;
    for (const StructField& field : kFields)
      properties += fmt::format(R"({}"{}": {})", properties.empty() ? "" : ", ", field.name,
                                expected ? type_of(field).expected_schema() : type_of(field).schema());
    return fmt::format(R"({{"type": "object", "properties": {{{}}}, "additionalProperties": false}})", properties);
  }

  template <typename Compile>
  static void read(const Node& node, Scope& scope, Arg& arg, Compile compile_one) {
    if (!node.is_object())
      case_error_at(scope, node, "an object of fields of siginfo_t such as {\"si_signo\": \"SIGUSR1\"}");
    std::vector<std::string_view> names;
    for (const StructField& field : kFields) names.push_back(field.name);
    only_keys(scope, node, names);
    for (const Member& member : node.members) {
      const StructField* field = kSigInfo.find(member.key);
      Arg item = compile_one(type_of(*field), member.value, scope);
      item.field = field;
      item.text = member.value.is_string() ? member.value.text : "";
      arg.items.push_back(std::move(item));
    }
  }

  static void store(siginfo_t& info, std::string_view field, std::int64_t value) {
    const auto number = static_cast<int>(value);
    if (field == "si_signo") info.si_signo = number;
    if (field == "si_code") info.si_code = number;
    if (field == "si_errno") info.si_errno = number;
    if (field == "si_pid") info.si_pid = number;
    if (field == "si_uid") info.si_uid = static_cast<uid_t>(value);
    if (field == "si_status") info.si_status = number;
    if (field == "si_value") info.si_value.sival_int = number;
    if (field == "si_fd") info.si_fd = number;
    if (field == "si_band") info.si_band = number;
    if (field == "si_overrun") info.si_overrun = number;
    if (field == "si_addr") info.si_addr = reinterpret_cast<void*>(static_cast<std::uintptr_t>(value));
  }
};

}  // namespace

SigInfo flatten(const siginfo_t& info) {
  SigInfo flat = {};
  flat.signo = info.si_signo;
  flat.code = info.si_code;
  flat.errno_ = info.si_errno;
  const Family family = family_of(flat.signo, flat.code);
  if (family == Family::sender || family == Family::queued || family == Family::child) {
    flat.pid = info.si_pid;
    flat.uid = static_cast<int>(info.si_uid);
  }
  if (family == Family::queued || family == Family::timer) flat.value = info.si_value.sival_int;
  if (family == Family::timer) flat.status = info.si_overrun;
  if (family == Family::child) flat.status = info.si_status;
  if (family == Family::fault) flat.value = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(info.si_addr));
  if (family == Family::poll) {
    flat.fd = info.si_fd;
    flat.band = static_cast<int>(info.si_band);
  }
  return flat;
}

const Type& siginfo_type() {
  static const SigInfoType type;
  return type;
}

}  // namespace kipc
