#include "values/fd_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <cstring>

#include "base/text.hpp"

namespace kipc {
namespace {

enum Element { one, times };

constexpr std::int64_t kMostFds = 65536;

constexpr std::size_t kWordBits = sizeof(unsigned long) * CHAR_BIT;

std::string fd_names(const std::vector<int>& fds) {
  std::vector<std::string> parts;
  for (const int fd : fds) parts.push_back(std::to_string(fd));
  return "{" + join(parts, ", ") + "}";
}

std::vector<int> unpack(std::string_view actual) {
  std::vector<int> fds(actual.size() / sizeof(int));
  if (!fds.empty()) std::memcpy(fds.data(), actual.data(), fds.size() * sizeof(int));
  return fds;
}

/// What comes back is given to Frame::out as an array of int, ascending.
class FdSetType : public Type {
 public:
  std::string name() const override { return "fd_set"; }
  std::string schema() const override { return fd_list_schema(); }
  Arg compile(const Node& node, Scope& scope) const override {
    if (node.is_string() && (node.text == "null" || node.text == "unmapped")) {
      Arg arg;
      arg.text = node.text;
      return arg;
    }
    return compile_fd_list(node, scope);
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    slot.i = -1;
    if (!arg.text.empty()) {
      slot.p = arg.text == "null" ? nullptr : frame.buffers[1].guard();
      return;
    }
    slot.p = frame.scratch.take(kFdSetBits / CHAR_BIT);
    slot.n = kFdSetBits;
    for (const int fd : eval_fd_list(arg, frame.env)) {
      if (fd < 0 || static_cast<std::size_t>(fd) >= kFdSetBits)
        throw EvalError{fmt::format("{} cannot be in an fd_set", fd)};
      set_fd(slot.p, static_cast<std::size_t>(fd));
      slot.i = std::max<std::int64_t>(slot.i, fd);
    }
  }
  Arg compile_expected(const Node& node, Scope& scope) const override {
    return compile_fd_list(node, scope, FdWords::or_expressions);
  }
  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    std::vector<int> wanted = eval_fd_list(expected, env);
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    const std::vector<int> got = unpack(actual);
    if (got == wanted) return true;
    why = fmt::format("{}, not {}", fd_names(got), fd_names(wanted));
    return false;
  }
  std::string print(std::string_view actual) const override { return fd_names(unpack(actual)); }
};

}  // namespace

Arg compile_fd_text(const Node& at, std::string_view text, Scope& scope, FdWords words) {
  Arg arg;
  arg.tag = one;
  try {
    arg.name = scope.refer(at, text, {NameKind::fd, NameKind::mqd});
  } catch (const CaseError&) {
    if (words == FdWords::handles_only) throw;
    arg.expr = scope.expression(at, text);
  }
  return arg;
}

Arg compile_fd(const Node& at, Scope& scope, FdWords words) {
  if (at.is_string()) return compile_fd_text(at, at.text, scope, words);
  Arg arg;
  if (at.is_integer()) {
    arg.expr = Expr(at.number);
    return arg;
  }
  const Node* count = at.find("times");
  const Node* of = at.find("of");
  if (at.is_object()) only_keys(scope, at, {"times", "of"});
  if (count == nullptr || of == nullptr)
    case_error_at(scope, at, R"(a descriptor, such as "r" or "r[*]", or {"times": N, "of": "r"})");
  arg.tag = times;
  arg.expr = scope.expression(*count);
  arg.items.push_back(compile_fd(*of, scope, words));
  return arg;
}

Arg compile_fd_list(const Node& at, Scope& scope, FdWords words) {
  if (!at.is_array()) case_error_at(scope, at, "a list of descriptors");
  Arg arg;
  for (const Node& item : at.items) arg.items.push_back(compile_fd(item, scope, words));
  return arg;
}

void append_fds(const Arg& element, Env& env, std::vector<int>& to) {
  if (element.tag == times) {
    const std::int64_t count = element.expr.eval(env);
    if (count < 0 || count > kMostFds) throw EvalError{fmt::format("{} descriptors", count)};
    for (std::int64_t i = 0; i < count; ++i) append_fds(element.items[0], env, to);
    return;
  }
  if (!element.name) {
    to.push_back(static_cast<int>(element.expr.eval(env)));
    return;
  }
  const NameRef& ref = *element.name;
  if (!ref.all) {
    to.push_back(static_cast<int>(ref.eval(env)));
    return;
  }
  const int owner = ref.owner.self ? -1 : ref.owner.eval(env);
  for (int i = 0; i < ref.capacity; ++i)
    if (const Cell& cell = env.cell(ref.scope, owner, ref.cell + i); cell.bound != 0)
      to.push_back(static_cast<int>(cell.value));
}

std::vector<int> eval_fd_list(const Arg& list, Env& env) {
  std::vector<int> fds;
  for (const Arg& element : list.items) append_fds(element, env, fds);
  return fds;
}

std::string fd_list_schema() {
  return R"({"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/handle"}, {"type": "object", "properties": )"
         R"({"times": {"$ref": "#/$defs/integer"}, "of": {"$ref": "#/$defs/handle"}}, )"
         R"("required": ["times", "of"], "additionalProperties": false}]}})";
}

bool fd_is_set(const void* bits, std::size_t fd) {
  return (static_cast<const unsigned long*>(bits)[fd / kWordBits] >> (fd % kWordBits) & 1UL) != 0;
}

void set_fd(void* bits, std::size_t fd) {
  static_cast<unsigned long*>(bits)[fd / kWordBits] |= 1UL << (fd % kWordBits);
}

const Type& fd_set_type() {
  static const FdSetType type;
  return type;
}

}  // namespace kipc
