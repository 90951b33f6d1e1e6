// A text with one part of it replaced, for tests that break a report.

#pragma once

#include <string>

#include "base/catch.hpp"

namespace kipc {

/// The part has to be there.
inline std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace kipc
