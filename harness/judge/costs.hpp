// What a measured block has cost, held against what it may cost.
#pragma once

#include <string>

#include "language/history.hpp"
#include "language/script.hpp"

namespace kipc {

/// All actors together. Throws EvalError when `per` cannot be evaluated.
MeasuredCost measured_cost(const Step& block, const History& history, Env& env);
/// "" when every figure is as expected, else "expected …, got …". A share that is no whole number is as expected when
/// both its neighbours are.
std::string wrong_cost(const Step& block, const MeasuredCost& measured, Env& env);

}  // namespace kipc
