#include "values/sem_types.hpp"

#include <fmt/format.h>
#include <sys/sem.h>

#include <array>
#include <cstring>
#include <limits>

#include "base/text.hpp"

namespace kipc {
namespace {

enum Form { list, null, unmapped };
enum ItemForm { one, times };

constexpr std::int64_t kMostElements = 65536;

constexpr std::array kSemFlags = {Constant{"IPC_NOWAIT", IPC_NOWAIT}, Constant{"SEM_UNDO", SEM_UNDO}};

const Type& sem_flags() {
  static const auto type = make_flags_type("sem_flg", kSemFlags);
  return *type;
}

template <typename T>
T narrow(std::int64_t value, const char* what) {
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max())
    throw EvalError{fmt::format("{} {} does not fit its type", what, value)};
  return static_cast<T>(value);
}

/// A list whose elements may be written as {"times": N, "of": ELEMENT}; or a pointer that is null or faults.
class ListType : public Type {
 public:
  std::string schema() const override {
    return fmt::format(R"({{"anyOf": [{{"enum": ["null", "unmapped"]}}, {{"type": "array", "items": {{"anyOf": [{}, )"
                       R"({{"type": "object", "properties": {{"times": {{"$ref": "#/$defs/integer"}}, "of": {}}}, )"
                       R"("required": ["times", "of"], "additionalProperties": false}}]}}}}]}})",
                       element_schema(), element_schema());
  }
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_string() && (node.text == "null" || node.text == "unmapped")) {
      arg.tag = node.text == "null" ? null : unmapped;
      return arg;
    }
    if (!node.is_array()) case_error_at(scope, node, fmt::format("a list of {}", element_text()));
    for (const Node& item : node.items) {
      if (const Node* count = item.find("times")) {
        only_keys(scope, item, {"times", "of"});
        const Node* of = item.find("of");
        if (of == nullptr) case_error_at(scope, item, "\"of\": what is repeated");
        Arg repeated;
        repeated.tag = times;
        repeated.expr = scope.expression(*count);
        repeated.items.push_back(compile_element(*of, scope));
        arg.items.push_back(std::move(repeated));
      } else {
        arg.items.push_back(compile_element(item, scope));
      }
    }
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (arg.tag != list) {
      slot.p = arg.tag == null ? nullptr : frame.buffers[1].guard();
      slot.n = 1;
      return;
    }
    std::string bytes;
    for (const Arg& item : arg.items) {
      if (item.tag != times) {
        bytes += element(item, frame);
        ++slot.n;
        continue;
      }
      const std::int64_t count = item.expr.eval(frame.env);
      if (count < 0 || count > kMostElements)
        throw EvalError{fmt::format("{} elements are not 0..{}", count, kMostElements)};
      for (std::int64_t i = 0; i < count; ++i) bytes += element(item.items[0], frame);
      slot.n += static_cast<std::size_t>(count);
    }
    slot.p = frame.scratch.take(bytes.size() + 1);
    std::memcpy(slot.p, bytes.data(), bytes.size());
  }

 protected:
  [[nodiscard]] virtual std::string element_schema() const = 0;
  [[nodiscard]] virtual std::string element_text() const = 0;
  virtual Arg compile_element(const Node& node, Scope& scope) const = 0;
  virtual std::string element(const Arg& arg, Frame& frame) const = 0;
};

class SembufListType : public ListType {
 public:
  std::string name() const override { return "list of struct sembuf"; }

 protected:
  std::string element_schema() const override {
    return fmt::format(R"({{"type": "object", "properties": {{"sem_num": {}, "sem_op": {}, "sem_flg": {}}}, )"
                       R"("additionalProperties": false}})",
                       integer_type().schema(), integer_type().schema(), sem_flags().schema());
  }
  std::string element_text() const override { return "operations such as {\"sem_num\": 0, \"sem_op\": -1}"; }
  Arg compile_element(const Node& node, Scope& scope) const override {
    if (!node.is_object()) case_error_at(scope, node, "an operation such as {\"sem_num\": 0, \"sem_op\": -1}");
    only_keys(scope, node, {"sem_num", "sem_op", "sem_flg"});
    Arg arg;
    arg.items.resize(3);
    arg.items[0].expr = Expr(0);
    arg.items[1].expr = Expr(0);
    if (const Node* number = node.find("sem_num")) arg.items[0] = integer_type().compile(*number, scope);
    if (const Node* op = node.find("sem_op")) arg.items[1] = integer_type().compile(*op, scope);
    if (const Node* flags = node.find("sem_flg")) arg.items[2] = sem_flags().compile(*flags, scope);
    return arg;
  }
  std::string element(const Arg& arg, Frame& frame) const override {
    sembuf op = {};
    Slot flags;
    sem_flags().marshal(arg.items[2], frame, flags);
    op.sem_num = narrow<unsigned short>(arg.items[0].expr.eval(frame.env), "sem_num");
    op.sem_op = narrow<short>(arg.items[1].expr.eval(frame.env), "sem_op");
    op.sem_flg = narrow<short>(flags.i, "sem_flg");
    return {reinterpret_cast<const char*>(&op), sizeof op};
  }
};

class SemaphoreValuesType : public ListType {
 public:
  std::string name() const override { return "list of unsigned short"; }
  std::string expected_schema() const override {
    return fmt::format(R"({{"type": "array", "items": {}}})", integer_type().expected_schema());
  }
  Arg compile_expected(const Node& node, Scope& scope) const override {
    if (!node.is_array()) case_error_at(scope, node, "a list of values, one for each semaphore");
    Arg arg;
    for (const Node& item : node.items) arg.items.push_back(integer_type().compile_expected(item, scope));
    return arg;
  }
  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    const std::size_t count = actual.size() / sizeof(unsigned short);
    if (count != expected.items.size()) {
      why = fmt::format("{} values, not {}", count, expected.items.size());
      return false;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t value = value_at(actual, i);
      if (match_integer(expected.items[i], value, env)) continue;
      why = fmt::format("[{}] is {}, not {}", i, value, matcher_text(expected.items[i], env));
      return false;
    }
    return true;
  }
  std::string print(std::string_view actual) const override {
    constexpr std::size_t kShown = 16;
    const std::size_t count = actual.size() / sizeof(unsigned short);
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < count && i < kShown; ++i) parts.push_back(std::to_string(value_at(actual, i)));
    return "[" + join(parts, ", ") + (count > kShown ? fmt::format(", ... {} in all]", count) : "]");
  }

 protected:
  std::string element_schema() const override { return integer_type().schema(); }
  std::string element_text() const override { return "values, one for each semaphore"; }
  Arg compile_element(const Node& node, Scope& scope) const override { return integer_type().compile(node, scope); }
  std::string element(const Arg& arg, Frame& frame) const override {
    const auto value = narrow<unsigned short>(arg.expr.eval(frame.env), "array element");
    return {reinterpret_cast<const char*>(&value), sizeof value};
  }

 private:
  static std::int64_t value_at(std::string_view bytes, std::size_t i) {
    unsigned short value = 0;
    std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    return value;
  }
};

}  // namespace

const Type& sembuf_list_type() {
  static const SembufListType type;
  return type;
}
const Type& semaphore_values_type() {
  static const SemaphoreValuesType type;
  return type;
}

}  // namespace kipc
