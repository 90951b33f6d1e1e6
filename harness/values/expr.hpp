// C integer expressions over parameters, bound names, actors and platform constants; 64-bit signed, overflow is an
// error. Compiled once per variant, evaluated by the actor or the judge.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "values/env.hpp"

namespace kipc {

class Scope;

/// A compiled expression. Copies share the compiled form. An empty one evaluates to 0.
class Expr {
 public:
  struct Code;  // the tree, see expr_code.hpp
  Expr() = default;
  explicit Expr(std::int64_t constant);
  explicit Expr(std::shared_ptr<const Code> code, std::string text);

  /// Throws EvalError.
  [[nodiscard]] std::int64_t eval(Env& env) const;
  /// The value when it depends on nothing that happens at run time.
  [[nodiscard]] std::optional<std::int64_t> constant() const { return constant_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool empty() const { return !constant_ && !code_; }

 private:
  std::optional<std::int64_t> constant_;
  std::shared_ptr<const Code> code_;
  std::string text_;
};

/// Why a text is not an expression, for the caller to wrap with file and line.
struct ExprError {
  std::string expected;
  std::string got;
  std::string hint;
};

/// Throws ExprError.
Expr compile_expression(std::string_view text, Scope& scope);

}  // namespace kipc
