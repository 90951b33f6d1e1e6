#include "values/sockopt_type.hpp"

#include <sys/socket.h>

#include <array>

namespace kipc {
namespace {

enum Form { integer, bytes };

class IntegerOption : public Type {
 public:
  std::string name() const override { return "integer option"; }
  std::string schema() const override {
    return R"({"anyOf": [{"$ref": "#/$defs/integer"}, {"$ref": "#/$defs/data"}]})";
  }
  Arg compile(const Node& node, Scope& scope) const override {
    Arg arg;
    const bool pointer = node.is_string() && (node.text == "null" || node.text == "unmapped");
    arg.tag = node.is_object() || pointer ? bytes : integer;
    const Type& type = arg.tag == bytes ? data_type() : integer_type();
    arg.items.push_back(type.compile(node, scope));
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (arg.tag == bytes) {
      data_type().marshal(arg.items[0], frame, slot);
      // A pointer that is meant to fault still stands for an int.
      if (arg.items[0].text == "null" || arg.items[0].text == "unmapped") slot.n = sizeof(int);
      return;
    }
    auto* value = frame.scratch.take_object<int>();
    *value = static_cast<int>(arg.items[0].expr.eval(frame.env));
    slot.p = value;
    slot.n = sizeof *value;
  }
};

}  // namespace

const Type& integer_option() {
  static const IntegerOption type;
  return type;
}
const Type& socket_type_option() {
  static constexpr std::array kTypes = {Constant{"SOCK_DGRAM", SOCK_DGRAM}, Constant{"SOCK_RAW", SOCK_RAW},
                                        Constant{"SOCK_SEQPACKET", SOCK_SEQPACKET},
                                        Constant{"SOCK_STREAM", SOCK_STREAM}};
  static const auto type = make_enum_type("socket type", kTypes);
  return *type;
}
const Type& domain_option() {
  static constexpr std::array kDomains = {Constant{"AF_INET", AF_INET}, Constant{"AF_INET6", AF_INET6},
                                          Constant{"AF_UNIX", AF_UNIX}};
  static const auto type = make_enum_type("address family", kDomains);
  return *type;
}

}  // namespace kipc
