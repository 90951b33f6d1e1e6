#include <fmt/format.h>
#include <time.h>

#include <array>

#include "base/text.hpp"
#include "values/time_point.hpp"
#include "values/type.hpp"

namespace kipc {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

enum Form { after, far, forever, point, raw, unmapped, milliseconds };

std::int64_t now_on(clockid_t clock) {
  timespec ts{};
  ::clock_gettime(clock, &ts);
  return ts.tv_sec * kSecond + ts.tv_nsec;
}

timespec to_timespec(std::int64_t ns) {
  timespec ts{};
  ts.tv_sec = static_cast<time_t>(ns / kSecond);
  ts.tv_nsec = static_cast<long>(ns % kSecond);
  if (ts.tv_nsec < 0) {
    ts.tv_nsec += kSecond;
    --ts.tv_sec;
  }
  return ts;
}

bool parse_raw(const Node& node, Scope& scope, Arg& arg) {
  if (!node.is_object() || node.find("tv_sec") == nullptr) return false;
  only_keys(scope, node, {"tv_sec", "tv_nsec"});
  arg.tag = raw;
  arg.items.resize(2);
  arg.items[0].expr = scope.expression(*node.find("tv_sec"));
  if (const Node* ns = node.find("tv_nsec"))
    arg.items[1].expr = scope.expression(*ns);
  else
    arg.items[1].expr = Expr(0);
  return true;
}

void put(Frame& frame, Slot& slot, timespec value) {
  auto* ts = frame.scratch.take_object<timespec>();
  *ts = value;
  slot.p = ts;
  slot.n = sizeof *ts;
}

class AbsoluteTime : public Type {
 public:
  explicit AbsoluteTime(int clock) : clock_(clock) {}
  std::string name() const override { return "absolute time"; }
  std::string schema() const override { return R"({"$ref": "#/$defs/absoluteTime"})"; }
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (parse_raw(node, scope, arg)) return arg;
    if (node.is_object()) {
      only_keys(scope, node, {"after"});
      const Node* given = node.find("after");
      if (given == nullptr) case_error_at(scope, node, "\"after\"");
      arg.tag = after;
      arg.expr = Expr(duration_ns(*given, scope));
      return arg;
    }
    if (!node.is_string())
      case_error_at(scope, node,
                    "{\"after\": \"20ms\"}, \"far\", \"forever\", a time_point or {\"tv_sec\", \"tv_nsec\"}");
    if (node.text == "far")
      arg.tag = far;
    else if (node.text == "forever" || node.text == "null")
      arg.tag = forever;
    else if (node.text == "unmapped")
      arg.tag = unmapped;
    else {
      arg.tag = point;
      arg.name = scope.refer(node, node.text, {NameKind::integer});
    }
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    std::int64_t deadline = 0;
    clockid_t clock = clock_;
    switch (arg.tag) {
      case after: deadline = now_on(clock) + *arg.expr.constant(); break;
      case far: deadline = now_on(clock) + kDay; break;
      case forever: slot.p = nullptr; return;
      case unmapped: slot.p = frame.buffers[1].guard(); return;
      case point: {
        const std::int64_t value = arg.name->eval(frame.env);
        deadline = time_point_ns(value);
        clock = time_point_clock(value);
        break;
      }
      default:
        put(frame, slot,
            timespec{static_cast<time_t>(arg.items[0].expr.eval(frame.env)),
                     static_cast<long>(arg.items[1].expr.eval(frame.env))});
        return;
    }
    put(frame, slot, to_timespec(deadline));
    frame.result.has_deadline = true;
    frame.result.deadline_ns = deadline;
    frame.deadline_clock = clock;
  }
  bool finite_time(const Arg& arg) const override { return arg.tag == after || arg.tag == point || arg.tag == raw; }
  bool is_time() const override { return true; }

 private:
  int clock_;
};

class RelativeTime : public Type {
 public:
  std::string name() const override { return "relative time"; }
  std::string schema() const override { return R"({"$ref": "#/$defs/relativeTime"})"; }
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (parse_raw(node, scope, arg)) return arg;
    if (node.is_string() && node.text == "far")
      arg.tag = far;
    else if (node.is_string() && (node.text == "forever" || node.text == "null"))
      arg.tag = forever;
    else if (node.is_string() && node.text == "unmapped")
      arg.tag = unmapped;
    else {
      arg.tag = after;
      arg.expr = Expr(duration_ns(node, scope));
    }
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    switch (arg.tag) {
      case after: put(frame, slot, to_timespec(*arg.expr.constant())); return;
      case far: put(frame, slot, to_timespec(kDay)); return;
      case forever: slot.p = nullptr; return;
      case unmapped: slot.p = frame.buffers[1].guard(); return;
      default:
        put(frame, slot,
            timespec{static_cast<time_t>(arg.items[0].expr.eval(frame.env)),
                     static_cast<long>(arg.items[1].expr.eval(frame.env))});
    }
  }
  bool finite_time(const Arg& arg) const override { return arg.tag == after || arg.tag == raw; }
  bool is_time() const override { return true; }
};

class PollTimeout : public Type {
 public:
  std::string name() const override { return "milliseconds"; }
  std::string schema() const override { return R"({"$ref": "#/$defs/relativeTime"})"; }
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_string() && node.text == "forever")
      arg.tag = forever;
    else if (node.is_string() && node.text == "far")
      arg.tag = far;
    else if (node.is_integer()) {
      arg.tag = milliseconds;
      arg.expr = Expr(node.number);
    } else {
      arg.tag = after;
      arg.expr = Expr((duration_ns(node, scope) + 999'999) / 1'000'000);
    }
    return arg;
  }
  void marshal(const Arg& arg, Frame& /*frame*/, Slot& slot) const override {
    slot.i = arg.tag == forever ? -1 : arg.tag == far ? kDay / 1'000'000 : *arg.expr.constant();
  }
  bool finite_time(const Arg& arg) const override {
    return arg.tag == after || (arg.tag == milliseconds && *arg.expr.constant() > 0);
  }
  bool is_time() const override { return true; }
};

}  // namespace

std::int64_t duration_ns(const Node& node, const Scope& scope) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits = {
      {{"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", kSecond}}};
  if (node.is_string()) {
    std::size_t used = 0;
    std::int64_t number = 0;
    try {
      number = std::stoll(node.text, &used, 10);
    } catch (const std::exception&) {
      used = 0;
    }
    for (const auto& [unit, scale] : kUnits)
      if (used != 0 && node.text.substr(used) == unit && number > -kDay / scale && number < kDay / scale)
        return number * scale;
  }
  case_error_at(scope, node, "a duration such as \"20ms\" (ns, us, ms, s; less than a day)");
}

const Type& absolute_time_type(int clock) {
  static const AbsoluteTime realtime(CLOCK_REALTIME);
  static const AbsoluteTime monotonic(CLOCK_MONOTONIC);
  return clock == CLOCK_MONOTONIC ? monotonic : realtime;
}
const Type& relative_time_type() {
  static const RelativeTime type;
  return type;
}
const Type& poll_timeout_type() {
  static const PollTimeout type;
  return type;
}

}  // namespace kipc
