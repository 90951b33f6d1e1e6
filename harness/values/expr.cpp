#include "values/expr.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <limits>

#include "values/expr_code.hpp"

namespace kipc {
namespace {

[[noreturn]] void overflow(const char* what) { throw EvalError{fmt::format("overflow in {}", what)}; }

std::int64_t binary(Op op, std::int64_t a, std::int64_t b) {
  std::int64_t r = 0;
  switch (op) {
    case Op::add:
      if (__builtin_add_overflow(a, b, &r)) overflow("+");
      return r;
    case Op::subtract:
      if (__builtin_sub_overflow(a, b, &r)) overflow("-");
      return r;
    case Op::multiply:
      if (__builtin_mul_overflow(a, b, &r)) overflow("*");
      return r;
    case Op::divide:
    case Op::modulo:
      if (b == 0) throw EvalError{"division by zero"};
      if (a == std::numeric_limits<std::int64_t>::min() && b == -1) overflow("/");
      return op == Op::divide ? a / b : a % b;
    case Op::shift_left:
      if (b < 0 || b > 62 || a < 0 || a > (std::numeric_limits<std::int64_t>::max() >> b)) overflow("<<");
      return a << b;
    case Op::shift_right:
      if (b < 0 || b > 63) overflow(">>");
      return a >> b;
    case Op::less: return a < b;
    case Op::less_equal: return a <= b;
    case Op::greater: return a > b;
    case Op::greater_equal: return a >= b;
    case Op::equal: return a == b;
    case Op::not_equal: return a != b;
    case Op::bit_and: return a & b;
    case Op::bit_xor: return a ^ b;
    case Op::bit_or: return a | b;
    case Op::min: return std::min(a, b);
    case Op::max: return std::max(a, b);
    default: throw EvalError{"not an operator"};
  }
}

}  // namespace

std::int64_t evaluate(const Expr::Code& code, Env& env) {
  const auto child = [&](std::size_t i) { return evaluate(code.children[i], env); };
  switch (code.op) {
    case Op::constant: return code.value;
    case Op::cell: {
      const int owner = code.ref.owner.self ? -1 : code.ref.owner.eval(env);
      const Cell& cell = env.cell(code.ref.scope, owner, code.ref.eval_cell(env));
      if (cell.bound == 0) throw EvalError{fmt::format("'{}' is not bound here", code.word)};
      return cell.value;
    }
    case Op::fact: return env.fact(code.actor.eval(env), code.fact);
    case Op::field: return read_field(env.blob(code.blob), code.field);
    case Op::memory: {
      if (code.size > 8) throw EvalError{fmt::format("'{}' is no integer in memory", code.word)};
      unsigned char bytes[8] = {};
      env.peek(static_cast<std::uint64_t>(child(0)), bytes, code.size);
      return read_field(bytes, StructField{"", 0, code.size, code.is_signed});
    }
    case Op::member_index: return env.member_index();
    case Op::negate: return binary(Op::subtract, 0, child(0));
    case Op::invert: return ~child(0);
    case Op::logical_not: return child(0) == 0;
    case Op::logical_and: return child(0) != 0 && child(1) != 0;
    case Op::logical_or: return child(0) != 0 || child(1) != 0;
    case Op::conditional: return child(0) != 0 ? child(1) : child(2);
    case Op::cmsg_len: return static_cast<std::int64_t>(CMSG_LEN(static_cast<std::size_t>(child(0))));
    case Op::cmsg_space: return static_cast<std::int64_t>(CMSG_SPACE(static_cast<std::size_t>(child(0))));
    default: return binary(code.op, child(0), child(1));
  }
}

Expr::Expr(std::int64_t constant) : constant_(constant), text_(std::to_string(constant)) {}
Expr::Expr(std::shared_ptr<const Code> code, std::string text) : code_(std::move(code)), text_(std::move(text)) {}

std::int64_t Expr::eval(Env& env) const {
  if (constant_) return *constant_;
  return code_ ? evaluate(*code_, env) : 0;
}

}  // namespace kipc
