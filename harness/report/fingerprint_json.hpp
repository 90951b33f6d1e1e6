// The fingerprint of a platform as JSON and back.
#pragma once

#include <string>

#include "model/node.hpp"
#include "platform/fingerprint.hpp"

namespace kipc {

/// One object, on one line.
std::string fingerprint_to_json(const Fingerprint& platform);
/// Throws CaseError.
Fingerprint fingerprint_from_json(const Node& node, const std::string& file);

}  // namespace kipc
