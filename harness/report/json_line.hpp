// JSON as text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace kipc {

/// On one line. What comes from a kernel need not be UTF-8; a report always is.
inline std::string json_line(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace kipc
