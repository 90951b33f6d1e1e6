// The JSON schema of a case file (draft 2020-12), made from the call table and the grammar of the compiler. Checked in
// as cases/case.schema.json, so that editors complete and validate: every case names it as its "$schema". The schema
// knows the shape of a case; what needs more than that (names, types of places, which answers were recorded) only the
// compiler finds.
#pragma once

#include <string>

namespace kipc {

/// The schema as text, indented, ending in a newline; the same on every run. It names the constants that this build's
/// headers know, so it may differ between C libraries and architectures.
std::string case_schema();

}  // namespace kipc
