#include <fmt/format.h>

#include "values/type.hpp"

namespace kipc {
namespace {

enum Pointer { at_expression, at_null, at_unmapped };

void marshal_pointer(const Arg& arg, Frame& frame, Slot& slot) {
  if (arg.tag == at_unmapped)
    slot.p = frame.buffers[1].guard();
  else if (arg.tag == at_null)
    slot.p = nullptr;
  else
    slot.p = reinterpret_cast<void*>(static_cast<std::uintptr_t>(arg.expr.eval(frame.env)));
  slot.i = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(slot.p));
}

class AddressType : public Type {
 public:
  std::string name() const override { return "address"; }
  std::string schema() const override { return R"({"$ref": "#/$defs/place"})"; }
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    if (node.is_string() && node.text == "null")
      arg.tag = at_null;
    else if (node.is_string() && node.text == "unmapped")
      arg.tag = at_unmapped;
    else
      arg.expr = scope.place(node).address;
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override { marshal_pointer(arg, frame, slot); }
};

class CellType : public Type {
 public:
  std::string name() const override { return "place of an integer"; }
  std::string schema() const override { return R"({"$ref": "#/$defs/place"})"; }
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    arg.place = scope.place(node);
    if (!arg.place->is_integer)
      case_error(scope, node, "a place of an integer, such as mem.field with a u32 field", describe(node));
    arg.expr = arg.place->address;
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    marshal_pointer(arg, frame, slot);
    slot.n = arg.place->size;
    slot.i = arg.place->is_signed ? 1 : 0;
  }
};

}  // namespace

const Type& address_type() {
  static const AddressType type;
  return type;
}
const Type& cell_type() {
  static const CellType type;
  return type;
}

}  // namespace kipc
