// What wait() tells of a child.
#pragma once

#include "values/type.hpp"

namespace kipc {

/// In: a name to bind (the number itself), "null" or "unmapped". Expected: {"exited": 3}, {"killed": "SIGKILL"},
/// {"stopped": "SIGSTOP"}, {"continued": true}, or a list of them; or an integer matcher. Out is an int.
const Type& wait_status_type();

}  // namespace kipc
