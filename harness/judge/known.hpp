// Holds a verdict against what is known of the platform.
#pragma once

#include <string_view>
#include <vector>

#include "judge/verdict.hpp"
#include "model/deviation.hpp"
#include "platform/fingerprint.hpp"

namespace kipc {

/// What a deviation may ask of a platform. What is not known is left out.
PlatformFacts facts_of(const Fingerprint& platform);

/// Those that are known of that platform.
std::vector<Deviation> known_of(const std::vector<Deviation>& deviations, const Fingerprint& platform);

/// A FAIL that is known becomes XFAIL; a PASS where a deviation is known becomes XPASS. Everything else stays: an
/// ERROR, a hang or another wrong answer is never hidden.
void apply_deviations(Verdict& verdict, std::string_view variant_id, const std::vector<Deviation>& known);

}  // namespace kipc
