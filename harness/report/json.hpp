// A report as JSON and back, whole (--json) or line by line while it grows (--jsonl). Strict: what is written is what
// can be read, and what cannot be read says where and why.
//
// The lines are: one {"type": "start"}, a {"type": "variant"} for each run in the order of completion, one
// {"type": "end"}. A file without its end, as an interrupted run leaves it, is read as far as it goes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "report/report.hpp"

namespace kipc {

/// The whole report: one object, each variant on a line of its own.
std::string report_to_json(const Report& report);
/// Most of a report is what happened, which only judging again and drawing need; reading the results alone is several
/// times as fast.
enum class ReportPart { all, results };
/// Throws CaseError.
Report report_from_json(std::string_view text, const std::string& file, ReportPart part = ReportPart::all);

/// All of the report that is known before anything ran, as one line (without its end).
std::string start_to_json_line(const Report& report);
std::string variant_to_json_line(const VariantReport& variant);
/// What is known only when everything has run.
std::string end_to_json_line(const Report& report);
/// Throws CaseError.
VariantReport variant_from_json_line(std::string_view line, const std::string& file);
/// The lines of a run. A missing end, or a last line that was cut short, makes the report incomplete. Throws CaseError.
Report report_from_json_lines(std::string_view text, const std::string& file, ReportPart part = ReportPart::all);

/// What could be saved of a run's lines: from a stream that was cut anywhere, or from a console's log, in which other
/// text stands between them and in front of them. Lines that are damaged are left out, and make the report incomplete.
/// Throws CaseError when there is no line of type "start".
Report report_from_stream(std::string_view text, const std::string& file, int& damaged);
/// The same from a file.
Result<Report> read_stream(const std::string& path);

/// Reads a report in either form.
Result<Report> read_report(const std::string& path, ReportPart part = ReportPart::all);

/// True for a file in JSON, or in lines of JSON, that does not say that it is a report. A report says so anywhere: what
/// ci/kernels made of its lines did at the end. What is no JSON may be a report that was cut short, and is not this.
bool is_other_json(const std::string& path);

}  // namespace kipc
