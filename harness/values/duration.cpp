#include "values/duration.hpp"

namespace kipc {
namespace {

class DurationType : public Type {
 public:
  std::string name() const override { return "duration"; }
  std::string schema() const override { return R"({"type": "string", "pattern": "^-?[0-9]+(ns|us|ms|s)$"})"; }
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    arg.expr = Expr(duration_ns(node, scope));
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override { slot.i = arg.expr.eval(frame.env); }
};

}  // namespace

const Type& duration_type() {
  static const DurationType type;
  return type;
}

}  // namespace kipc
