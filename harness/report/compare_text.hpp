// What differs between two platforms, as the forms of a diff say it.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "report/compare.hpp"
#include "report/page.hpp"

namespace kipc {

/// "limit: 1024, now none".
std::string difference_text(const PlatformDifference& one);
/// A line for each; of what one compares for only the first few unless `verbose`.
std::string differences_to_terminal(const std::vector<PlatformDifference>& differences, const Page& page, bool verbose);
/// A folded table; "" when nothing differs, or when it would be longer than `limit` bytes.
std::string differences_to_markdown(const std::vector<PlatformDifference>& differences, std::size_t limit);
nlohmann::ordered_json differences_to_json(const std::vector<PlatformDifference>& differences);

}  // namespace kipc
