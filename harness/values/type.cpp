#include "values/type.hpp"

#include "base/text.hpp"

namespace kipc {

Arg Type::compile_expected(const Node& node, Scope& scope) const { return compile(node, scope); }

bool Type::matches(const Arg& /*expected*/, std::string_view /*actual*/, Env& /*env*/, std::string& why) const {
  why = "nothing that could be compared";
  return false;
}

std::string Type::print(std::string_view actual) const { return quote_bytes(actual); }

}  // namespace kipc
