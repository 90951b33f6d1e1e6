#include "values/sigevent.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <array>

namespace kipc {
namespace {

enum Form { fields, null, unmapped };

constexpr std::array kNotify = {Constant{"SIGEV_NONE", SIGEV_NONE}, Constant{"SIGEV_SIGNAL", SIGEV_SIGNAL},
                                Constant{"SIGEV_THREAD", SIGEV_THREAD}};

const Type& notify_type() {
  static const auto type = make_enum_type("sigev_notify", kNotify);
  return *type;
}

class SigeventType : public Type {
 public:
  std::string name() const override { return "struct sigevent"; }
  std::string schema() const override {
    return fmt::format(
        R"({{"anyOf": [{{"enum": ["null", "unmapped"]}}, {{"type": "object", "properties": )"
        R"({{"sigev_notify": {}, "sigev_signo": {}, "sigev_value": {}, "starts": {{"type": "string"}}}}, )"
        R"("required": ["sigev_notify"], "additionalProperties": false}}]}})",
        notify_type().schema(), signal_type().schema(), integer_type().schema());
  }

  // items: sigev_notify, sigev_signo, sigev_value, the actor that starts (none: -1)
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_string() && (node.text == "null" || node.text == "unmapped")) {
      arg.tag = node.text == "null" ? null : unmapped;
      return arg;
    }
    if (!node.is_object())
      case_error_at(scope, node, "a sigevent such as {\"sigev_notify\": \"SIGEV_NONE\"}, or \"null\"");
    only_keys(scope, node, {"sigev_notify", "sigev_signo", "sigev_value", "starts"});
    const Node* notify = node.find("sigev_notify");
    if (notify == nullptr) case_error_at(scope, node, "\"sigev_notify\"");
    arg.items.resize(4);
    arg.items[0] = notify_type().compile(*notify, scope);
    for (std::size_t i = 1; i < 4; ++i) arg.items[i].expr = Expr(0);
    if (const Node* signo = node.find("sigev_signo")) arg.items[1] = signal_type().compile(*signo, scope);
    if (const Node* value = node.find("sigev_value")) arg.items[2] = integer_type().compile(*value, scope);
    const Node* starts = node.find("starts");
    const bool thread = arg.items[0].expr.constant() == std::optional<std::int64_t>(SIGEV_THREAD);
    if (thread && (starts == nullptr || !starts->is_string()))
      case_error_at(scope, starts != nullptr ? *starts : node,
                    "\"starts\": a name for the actor that SIGEV_THREAD makes");
    if (!thread && starts != nullptr) case_error_at(scope, *starts, "\"starts\" with SIGEV_THREAD only");
    arg.items[3].expr = Expr(thread ? scope.add_group(*starts, starts->text, 1).base : -1);
    return arg;
  }

  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (arg.tag == null) return;
    if (arg.tag == unmapped) {
      slot.p = frame.buffers[1].guard();
      return;
    }
    auto* event = frame.scratch.take_object<sigevent>();
    event->sigev_notify = static_cast<int>(arg.items[0].expr.eval(frame.env));
    event->sigev_signo = static_cast<int>(arg.items[1].expr.eval(frame.env));
    const std::int64_t value = arg.items[2].expr.eval(frame.env);
    event->sigev_value.sival_int = static_cast<int>(value);
    if (const std::int64_t actor = arg.items[3].expr.eval(frame.env); actor >= 0) {
      frame.host.expect_thread(value, static_cast<int>(actor));
      event->sigev_notify_function = reinterpret_cast<void (*)(sigval)>(frame.host.notify_function());
    }
    slot.p = event;
    slot.n = sizeof *event;
  }
};

}  // namespace

const Type& sigevent_type() {
  static const SigeventType type;
  return type;
}

}  // namespace kipc
