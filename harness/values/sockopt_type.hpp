// Values of socket options that are integers in a storage of their own.
#pragma once

#include "values/type.hpp"

namespace kipc {

/// An int to set: an integer or expression, {"hex": …} or other data for a value of the wrong size, "null", "unmapped".
/// Slot: p, n bytes.
const Type& integer_option();
/// What SO_TYPE and SO_DOMAIN give: one name, SOCK_STREAM or AF_UNIX.
const Type& socket_type_option();
const Type& domain_option();

}  // namespace kipc
