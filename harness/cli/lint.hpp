// What can be wrong with a case before it runs: everything the compiler of the language refuses in any variant, and
// what a reader of the case would miss.
#pragma once

#include <vector>

#include "language/case.hpp"
#include "model/catalogue.hpp"
#include "model/node.hpp"

namespace kipc::cli {

/// Assertions that the catalogue does not have, with what may be meant.
std::vector<Problem> unknown_assertions(const Case& source, const Catalogue& catalogue);

/// What keeps one variant from running; nothing when it compiles.
std::vector<Problem> variant_problems(const Case& source, const Variant& variant);

/// All problems of a case, each once: of its assertions, of every variant; and, with more than one assertion, those
/// that no step and no check of any variant carries.
std::vector<Problem> case_problems(const Case& source, const Catalogue& catalogue);

}  // namespace kipc::cli
