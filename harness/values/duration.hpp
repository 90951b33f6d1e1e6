// A span of time as an integer.
#pragma once

#include "values/type.hpp"

namespace kipc {

/// "20ms", "-1s" → nanoseconds in Slot::i.
const Type& duration_type();

}  // namespace kipc
