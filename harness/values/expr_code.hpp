// Compiled expressions, for what makes them (expr_parse.cpp) and what works them out (expr.cpp).
#pragma once

#include <string>
#include <vector>

#include "values/expr.hpp"
#include "values/scope.hpp"

namespace kipc {

enum class Op {
  constant,
  cell,
  fact,
  field,
  memory,
  member_index,
  negate,
  invert,
  logical_not,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  shift_left,
  shift_right,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  bit_and,
  bit_xor,
  bit_or,
  logical_and,
  logical_or,
  conditional,
  cmsg_len,
  cmsg_space,
  min,
  max
};

/// A node of the tree, and all below it.
struct Expr::Code {
  Op op = Op::constant;
  std::int64_t value = 0;
  std::vector<Code> children;
  NameRef ref;
  std::string word;  // as written, for messages
  ActorRef actor;
  ActorFact fact = ActorFact::pid;
  std::size_t blob = 0;
  StructField field{};
  std::size_t size = 0;
  bool is_signed = false;
};

/// Throws EvalError.
std::int64_t evaluate(const Expr::Code& code, Env& env);

}  // namespace kipc
