#include <fmt/format.h>
#include <semaphore.h>

#include <cstring>

#include "values/type.hpp"

namespace kipc {
namespace {

/// A handle: a bound name or an integer. Slot::i.
class HandleType : public Type {
 public:
  HandleType(std::string type_name, std::initializer_list<NameKind> kinds)
      : name_(std::move(type_name)), kinds_(kinds) {}
  std::string name() const override { return name_; }
  std::string schema() const override { return R"({"$ref": "#/$defs/handle"})"; }
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_integer()) {
      arg.expr = Expr(node.number);
      return arg;
    }
    if (!node.is_string()) case_error_at(scope, node, "a bound name or an integer");
    switch (kinds_.size()) {
      case 1: arg.name = scope.refer(node, node.text, {kinds_[0]}); break;
      default: arg.name = scope.refer(node, node.text, {kinds_[0], kinds_[1]}); break;
    }
    if (arg.name->all) case_error_at(scope, node, "one handle");
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    slot.i = arg.name ? arg.name->eval(frame.env) : arg.expr.eval(frame.env);
  }

 private:
  std::string name_;
  std::vector<NameKind> kinds_;
};

/// sem_t*: what sem_open gave, or a place in memory. Slot::p.
class SemaphoreType : public Type {
 public:
  std::string name() const override { return "sem_t"; }
  std::string schema() const override { return R"({"type": "string"})"; }
  Arg compile(const Node& node, Scope& scope) const override {
    if (!node.is_string()) case_error_at(scope, node, "a sem_open() result or a place of a sem_t");
    Arg arg;
    if (const Name* name = scope.find_name(node.text); name != nullptr && name->kind == NameKind::semaphore) {
      arg.expr = scope.expression(node);
      return arg;
    }
    Place place = scope.place(node);
    if (place.type != "sem_t") case_error_at(scope, node, "a sem_open() result or a place of a sem_t");
    arg.expr = place.address;
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    slot.i = arg.expr.eval(frame.env);
    slot.p = reinterpret_cast<void*>(static_cast<std::uintptr_t>(slot.i));
  }
};

/// An out argument that binds a name.
class BindsType : public Type {
 public:
  BindsType(std::string type_name, NameKind kind) : name_(std::move(type_name)), kind_(kind) {}
  std::string name() const override { return name_; }
  std::string schema() const override { return R"({"$ref": "#/$defs/newName"})"; }
  Arg compile(const Node& node, Scope& scope) const override {
    if (!node.is_string()) case_error_at(scope, node, "a name to bind");
    Arg arg;
    arg.name = scope.bind(node, node.text, kind_);
    return arg;
  }
  void marshal(const Arg& /*arg*/, Frame& /*frame*/, Slot& /*slot*/) const override {}
  bool binds() const override { return true; }

 private:
  std::string name_;
  NameKind kind_;
};

}  // namespace

const Type& fd_type() {
  static const HandleType type("fd", {NameKind::fd, NameKind::mqd});
  return type;
}
const Type& mqd_type() {
  static const HandleType type("mqd_t", {NameKind::mqd, NameKind::fd});
  return type;
}
const Type& timer_type() {
  static const HandleType type("timer_t", {NameKind::timer});
  return type;
}
const Type& semaphore_type() {
  static const SemaphoreType type;
  return type;
}
const Type& binds_fd_type() {
  static const BindsType type("binds fd", NameKind::fd);
  return type;
}
const Type& binds_timer_type() {
  static const BindsType type("binds timer_t", NameKind::timer);
  return type;
}
const Type& binds_integer_type() {
  static const BindsType type("binds integer", NameKind::integer);
  return type;
}

}  // namespace kipc
