#include "values/futex_types.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace kipc {
namespace {

constexpr std::int64_t kFutex32 = 2;
constexpr std::array kWaiterFlags = {Constant{"FUTEX_32", kFutex32}, Constant{"FUTEX_PRIVATE_FLAG", 128}};

const Type& waiter_flags() {
  static const auto type = make_flags_type("futex_waitv flags", kWaiterFlags);
  return *type;
}

class FutexWordType : public Type {
 public:
  std::string name() const override { return "place of a u32"; }
  std::string schema() const override { return address_type().schema(); }
  Arg compile(const Node& node, Scope& scope) const override {
    if (node.is_string() && node.text != "null" && node.text != "unmapped") {
      const Place place = scope.place(node);
      if (place.size != 0 && (!place.is_integer || place.size != 4))
        case_error(scope, node, "a place of a u32: a futex has 32 bits everywhere", fmt::format("a {}", place.type));
    }
    return address_type().compile(node, scope);
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override { address_type().marshal(arg, frame, slot); }
};

class FutexWaitersType : public Type {
 public:
  std::string name() const override { return "list of struct futex_waitv"; }
  std::string schema() const override {
    return fmt::format(R"({{"type": "array", "items": {{"type": "object", "properties": {{"uaddr": {}, "val": {}, )"
                       R"("flags": {}}}, "required": ["uaddr", "val"], "additionalProperties": false}}}})",
                       futex_word_type().schema(), integer_type().schema(), waiter_flags().schema());
  }
  Arg compile(const Node& node, Scope& scope) const override {
    if (!node.is_array()) case_error_at(scope, node, "a list such as [{\"uaddr\": \"mem.word\", \"val\": 0}]");
    Arg arg;
    for (const Node& item : node.items) {
      if (!item.is_object()) case_error_at(scope, item, "an object such as {\"uaddr\": \"mem.word\", \"val\": 0}");
      only_keys(scope, item, {"uaddr", "val", "flags"});
      const Node* uaddr = item.find("uaddr");
      const Node* val = item.find("val");
      if (uaddr == nullptr || val == nullptr) case_error_at(scope, item, "\"uaddr\" and \"val\"");
      Arg waiter;
      waiter.items.push_back(futex_word_type().compile(*uaddr, scope));
      waiter.items.push_back(integer_type().compile(*val, scope));
      if (const Node* flags = item.find("flags")) waiter.items.push_back(waiter_flags().compile(*flags, scope));
      arg.items.push_back(std::move(waiter));
    }
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    auto* waiters = frame.scratch.take_object<FutexWaiter>(arg.items.size());
    for (std::size_t i = 0; i < arg.items.size(); ++i) {
      const Arg& waiter = arg.items[i];
      Slot word;
      futex_word_type().marshal(waiter.items[0], frame, word);
      Slot flags;
      flags.i = kFutex32;
      if (waiter.items.size() > 2) waiter_flags().marshal(waiter.items[2], frame, flags);
      waiters[i].uaddr = reinterpret_cast<std::uintptr_t>(word.p);
      waiters[i].val = static_cast<std::uint64_t>(waiter.items[1].expr.eval(frame.env));
      waiters[i].flags = static_cast<std::uint32_t>(flags.i);
    }
    slot.p = waiters;
    slot.n = arg.items.size();
  }
};

}  // namespace

const Type& futex_word_type() {
  static const FutexWordType type;
  return type;
}
const Type& futex_waiters_type() {
  static const FutexWaitersType type;
  return type;
}

}  // namespace kipc
