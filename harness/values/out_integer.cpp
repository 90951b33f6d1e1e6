#include "values/out_integer.hpp"

namespace kipc {
namespace {

class OutIntegerType : public Type {
 public:
  std::string name() const override { return "integer"; }
  std::string schema() const override { return R"({"$ref": "#/$defs/newName"})"; }
  std::string expected_schema() const override { return integer_type().expected_schema(); }
  Arg compile(const Node& node, Scope& scope) const override {
    if (!node.is_string())
      case_error_at(scope, node, "a name to bind, \"null\" or \"unmapped\" (what comes back belongs in \"expect\")");
    Arg arg;
    arg.text = node.text;
    if (!points_nowhere(arg)) arg.name = scope.bind(node, node.text, NameKind::integer);
    return arg;
  }
  void marshal(const Arg& arg, Frame& frame, Slot& slot) const override {
    if (arg.text == "unmapped")
      slot.p = frame.buffers[1].guard();
    else if (arg.text != "null")
      slot.p = frame.scratch.take(sizeof(std::int64_t));
  }
  Arg compile_expected(const Node& node, Scope& scope) const override {
    return integer_type().compile_expected(node, scope);
  }
  bool matches(const Arg& expected, std::string_view actual, Env& env, std::string& why) const override {
    return integer_type().matches(expected, actual, env, why);
  }
  std::string print(std::string_view actual) const override { return integer_type().print(actual); }

 private:
  static bool points_nowhere(const Arg& arg) { return arg.text == "null" || arg.text == "unmapped"; }
};

}  // namespace

const Type& out_integer_type() {
  static const OutIntegerType type;
  return type;
}

}  // namespace kipc
