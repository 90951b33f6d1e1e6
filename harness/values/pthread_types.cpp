#include "values/pthread_types.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <time.h>

#include "base/text.hpp"

namespace kipc {
namespace {

#define KIPC_C(name) \
  Constant { #name, name }

class PlaceType : public Type {
 public:
  explicit PlaceType(std::string_view layout_type) : layout_type_(layout_type) {}
  std::string name() const override { return layout_type_; }
  std::string schema() const override { return R"({"$ref": "#/$defs/place"})"; }
  Arg compile(const Node& node, Scope& scope) const override {
    if (!node.is_string()) case_error_at(scope, node, expected());
    Arg arg;
    arg.place = scope.place(node);
    if (arg.place->type != layout_type_)
      case_error(scope, node, expected(),
                 arg.place->type.empty() ? fmt::format("'{}', an address without a type", node.text)
                                         : fmt::format("'{}', a {}", node.text, arg.place->type));
    arg.expr = arg.place->address;
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    slot.i = arg.expr.eval(frame.env);
    slot.p = reinterpret_cast<void*>(static_cast<std::uintptr_t>(slot.i));
  }

 private:
  std::string expected() const { return fmt::format("a place of a {}, such as mem.field", layout_type_); }
  std::string layout_type_;
};

/// true, false or an expression.
class SwitchType : public Type {
 public:
  std::string name() const override { return "boolean"; }
  std::string schema() const override { return R"({"anyOf": [{"type": "boolean"}, {"$ref": "#/$defs/integer"}]})"; }
  Arg compile(const Node& node, Scope& scope) const override { return integer_type().compile(node, scope); }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    slot.i = arg.expr.eval(frame.env) != 0 ? 1 : 0;
  }
};

const Type& switch_type() {
  static const SwitchType type;
  return type;
}

struct Attribute {
  std::string_view name;
  const Type* type;
};

class AttributesType : public Type {
 public:
  AttributesType(const Type& at, std::vector<Attribute> attributes) : place_(at), attributes_(std::move(attributes)) {}
  std::string name() const override { return "attributes"; }
  std::string schema() const override {
    std::string properties;
    for (const Attribute& attribute : attributes_)
      properties +=
          fmt::format(R"({}"{}": {})", properties.empty() ? "" : ", ", attribute.name, attribute.type->schema());
    return fmt::format(
        R"({{"anyOf": [{}, {{"type": "object", "properties": {{{}}}, "additionalProperties": false}}]}})",
        place_.schema(), properties);
  }

  // fields by attribute; a place has none
  Arg compile(const Node& node, Scope& scope) const override {
    if (node.is_string()) return place_.compile(node, scope);
    std::vector<std::string_view> names;
    for (const Attribute& attribute : attributes_) names.push_back(attribute.name);
    if (!node.is_object())
      case_error_at(scope, node,
                    fmt::format("an object such as {{\"pshared\": true}}, or a place of a {}", place_.name()));
    only_keys(scope, node, names);
    Arg arg;
    arg.tag = record;
    for (const Member& member : node.members)
      arg.fields.emplace_back(member.key, attributes_[index_of(member.key)].type->compile(member.value, scope));
    return arg;
  }

  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (arg.tag != record) {
      place_.marshal(arg, frame, slot);
      return;
    }
    auto* values = frame.scratch.take_object<AttributeValues>();
    for (const auto& [key, item] : arg.fields) {
      Slot value;
      const std::size_t i = index_of(key);
      attributes_[i].type->marshal(item, frame, value);
      values->given[i] = true;
      values->value[i] = value.as_int();
    }
    slot.p = values;
    slot.n = sizeof *values;
  }

 private:
  enum Form { place, record };

  std::size_t index_of(std::string_view key) const {
    std::size_t i = 0;
    while (i < attributes_.size() && attributes_[i].name != key) ++i;
    return i;
  }
  const Type& place_;
  std::vector<Attribute> attributes_;
};

}  // namespace

const Type& mutex_type() {
  static const PlaceType type("pthread_mutex_t");
  return type;
}
const Type& cond_type() {
  static const PlaceType type("pthread_cond_t");
  return type;
}
const Type& rwlock_type() {
  static const PlaceType type("pthread_rwlock_t");
  return type;
}
const Type& barrier_type() {
  static const PlaceType type("pthread_barrier_t");
  return type;
}
const Type& spinlock_type() {
  static const PlaceType type("pthread_spinlock_t");
  return type;
}
const Type& mutexattr_type() {
  static const PlaceType type("pthread_mutexattr_t");
  return type;
}
const Type& condattr_type() {
  static const PlaceType type("pthread_condattr_t");
  return type;
}
const Type& rwlockattr_type() {
  static const PlaceType type("pthread_rwlockattr_t");
  return type;
}
const Type& barrierattr_type() {
  static const PlaceType type("pthread_barrierattr_t");
  return type;
}

const Type& mutex_attributes_type() {
  static const AttributesType type(mutexattr_type(), {{"pshared", &switch_type()},
                                                      {"robust", &switch_type()},
                                                      {"protocol", &protocol_type()},
                                                      {"type", &mutex_kind_type()},
                                                      {"prioceiling", &integer_type()}});
  return type;
}
const Type& cond_attributes_type() {
  static const AttributesType type(condattr_type(), {{"pshared", &switch_type()}, {"clock", &cond_clock_type()}});
  return type;
}
const Type& rwlock_attributes_type() {
  static const AttributesType type(rwlockattr_type(), {{"pshared", &switch_type()}, {"kind", &rwlock_kind_type()}});
  return type;
}
const Type& barrier_attributes_type() {
  static const AttributesType type(barrierattr_type(), {{"pshared", &switch_type()}});
  return type;
}

const Type& pshared_type() {
  static constexpr std::array kValues = {KIPC_C(PTHREAD_PROCESS_PRIVATE), KIPC_C(PTHREAD_PROCESS_SHARED)};
  static const auto type = make_enum_type("pshared", kValues);
  return *type;
}
const Type& robustness_type() {
  static constexpr std::array kValues = {KIPC_C(PTHREAD_MUTEX_ROBUST), KIPC_C(PTHREAD_MUTEX_STALLED)};
  static const auto type = make_enum_type("robustness", kValues);
  return *type;
}
const Type& protocol_type() {
  static constexpr std::array kValues = {KIPC_C(PTHREAD_PRIO_INHERIT), KIPC_C(PTHREAD_PRIO_NONE),
                                         KIPC_C(PTHREAD_PRIO_PROTECT)};
  static const auto type = make_enum_type("protocol", kValues);
  return *type;
}
const Type& mutex_kind_type() {
  // PTHREAD_MUTEX_DEFAULT may be the same as another: it is printed as that.
  static constexpr std::array kValues = {KIPC_C(PTHREAD_MUTEX_NORMAL), KIPC_C(PTHREAD_MUTEX_ERRORCHECK),
                                         KIPC_C(PTHREAD_MUTEX_RECURSIVE), KIPC_C(PTHREAD_MUTEX_DEFAULT)};
  static const auto type = make_enum_type("mutex type", kValues);
  return *type;
}
const Type& rwlock_kind_type() {
#ifdef __GLIBC__
  static constexpr std::array kValues = {KIPC_C(PTHREAD_RWLOCK_PREFER_READER_NP),
                                         KIPC_C(PTHREAD_RWLOCK_PREFER_WRITER_NP),
                                         KIPC_C(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP)};
  static const auto type = make_enum_type("rwlock kind", kValues);
#else
  static const auto type = make_enum_type("rwlock kind", {});
#endif
  return *type;
}
const Type& cond_clock_type() {
  static constexpr std::array kValues = {KIPC_C(CLOCK_BOOTTIME), KIPC_C(CLOCK_MONOTONIC), KIPC_C(CLOCK_REALTIME),
                                         KIPC_C(CLOCK_PROCESS_CPUTIME_ID), KIPC_C(CLOCK_THREAD_CPUTIME_ID)};
  static const auto type = make_enum_type("clock", kValues);
  return *type;
}

#undef KIPC_C

}  // namespace kipc
