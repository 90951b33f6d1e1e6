// A measurement as JSON and back. It keeps every pass and the histogram of all round trips, so that two of them can be
// compared later with what they were sure of. All numbers are integers; units stand in the names (ps: picoseconds).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "report/measure.hpp"

namespace kipc {

/// One object; each result on a line of its own.
std::string measure_to_json(const MeasureReport& report);
/// Throws CaseError.
MeasureReport measure_from_json(std::string_view text, const std::string& file);
/// Reads a file.
Result<MeasureReport> read_measure_report(const std::string& path);

/// True for a file that says it is a measurement. What cannot be read is none.
bool is_measurement(const std::string& path);

/// One result, on one line: how a worker hands it over.
std::string measured_to_json(const Measured& measured);
/// Throws CaseError.
Measured measured_from_json(std::string_view text, const std::string& file);

}  // namespace kipc
