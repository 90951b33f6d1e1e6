// Where two texts begin to differ, for tests that compare a stored file with what kipc makes now.

#pragma once

#include <sstream>
#include <string>

namespace kipc {

/// The first line in which two texts differ, as `line 3: "stored", now "made"`, or "".
inline std::string line_difference(const std::string& stored, const std::string& made) {
  std::istringstream one(stored);
  std::istringstream other(made);
  std::string a;
  std::string b;
  for (int line = 1;; ++line) {
    const bool more = static_cast<bool>(std::getline(one, a));
    if (more != static_cast<bool>(std::getline(other, b)) || a != b)
      return "line " + std::to_string(line) + ": \"" + a + "\", now \"" + b + "\"";
    if (!more) return "";
  }
}

}  // namespace kipc
