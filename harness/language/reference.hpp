// The reference page of the call table, docs/calls.md: every call with its arguments, what it returns, where it may
// block and what can be expected back.
#pragma once

#include <string>

namespace kipc {

/// The page as Markdown, ending in a newline; the same on every run. It names the constants and system calls of this
/// build's headers, so it may differ between C libraries and architectures.
std::string calls_reference();

}  // namespace kipc
