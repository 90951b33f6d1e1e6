#include "report/json.hpp"

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "report/costs_json.hpp"
#include "report/fields.hpp"
#include "report/fingerprint_json.hpp"
#include "report/history_json.hpp"
#include "report/json_line.hpp"
#include "report/upgrade.hpp"

namespace kipc {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kFormat = "kipc-report";

// --- Writing --------------------------------------------------------------------------------------------------------

ordered_json settings_to_json(const RunSettings& settings) {
  ordered_json out = {
      {"arguments", settings.arguments}, {"isolation", settings.isolation},       {"jobs", settings.jobs},
      {"repeat", settings.repeat},       {"slow_percent", settings.slow_percent}, {"saboteur", settings.saboteur}};
  if (settings.seed) out["seed"] = *settings.seed;
  return out;
}

/// What is known before anything ran.
ordered_json head_to_json(const Report& report) {
  return {
      {"format", kFormat},
      {"format_version", report.format_version},
      {"kipc_version", report.kipc_version},
      {"started", report.started},
      {"platform", ordered_json::parse(fingerprint_to_json(report.platform))},
      {"settings", settings_to_json(report.settings)},
      {"case_set", report.case_set},
      {"selected", report.selected},
  };
}

/// What is known when everything has run.
ordered_json tail_to_json(const Report& report) {
  ordered_json counts = ordered_json::object();
  const Counts counted = count_statuses(report.variants);
  for (const StatusRow& row : kStatuses) counts[std::string(row.name)] = counted[static_cast<std::size_t>(row.status)];
  ordered_json out = {{"complete", report.complete}, {"duration_ns", report.duration_ns}, {"counts", counts}};
  if (ordered_json probes = probes_to_json(report.probes); !probes.empty()) out["probes"] = std::move(probes);
  return out;
}

/// A variant; what is empty is left out, but for the status and what names the variant.
ordered_json variant_to_json(const VariantReport& variant) {
  const Verdict& verdict = variant.verdict;
  ordered_json out = {{"case", variant.case_id},          {"variant", variant.variant_id},
                      {"title", variant.title},           {"file", variant.file},
                      {"hash", variant.case_hash},        {"repetition", variant.repetition},
                      {"status", name_of(verdict.status)}};
  const auto add_text = [&](const char* key, const std::string& text) {
    if (!text.empty()) out[key] = text;
  };
  const auto add_texts = [&](const char* key, const std::vector<std::string>& texts) {
    if (!texts.empty()) out[key] = texts;
  };
  add_text("reason", verdict.reason);
  add_text("enable", variant.enable);
  if (verdict.line > 0) out["line"] = verdict.line;
  add_text("pointer", verdict.pointer);
  add_text("step", verdict.step);
  add_text("expected", verdict.expected);
  add_text("got", verdict.got);
  add_text("deviation", verdict.deviation);
  add_texts("trace", verdict.trace);
  add_texts("clauses", verdict.clauses);
  add_texts("standing", verdict.standing);
  for (const AssertionOutcome& outcome : verdict.assertions) {
    ordered_json one = {{"id", outcome.id}, {"outcome", outcome_name(outcome.what)}};
    if (!outcome.note.empty()) one["note"] = outcome.note;
    out["assertions"].push_back(std::move(one));
  }
  for (const Answer& answer : verdict.answers)
    out["answers"].push_back({{"question", answer.question}, {"answer", answer.answer}});
  for (const MeasuredCost& measured : verdict.costs) out["costs"].push_back(measured_to_json(measured));
  out["duration_ns"] = variant.duration_ns;
  add_text("isolation", variant.isolation);
  for (const Remaining& object : variant.remaining)
    out["remaining"].push_back({{"kind", object.kind}, {"name", object.name}, {"id", object.id}});
  for (const FaultReport& fault : variant.faults)
    out["faults"].push_back({{"pointer", fault.pointer},
                             {"fault", fault.fault},
                             {"actor", fault.actor},
                             {"engine", fault.engine},
                             {"struck", fault.struck}});
  for (const UnmetNeed& need : variant.unmet) {
    ordered_json one = {{"what", need.unmet.what}, {"enable", need.unmet.enable}};
    if (!need.only_for.empty()) one["only_for"] = need.only_for;
    out["unmet"].push_back(std::move(one));
  }
  if (variant.history) out["history"] = history_to_json(*variant.history);
  add_texts("history_text", variant.history_text);
  return out;
}

/// `members` of an object, each on its own line.
void append_members(std::string& out, const ordered_json& members) {
  for (const auto& [key, value] : members.items()) out += json_line(key) + ": " + json_line(value) + ",\n";
}

std::string tagged_line(const char* type, const ordered_json& members) {
  ordered_json out = {{"type", type}};
  out.update(members);
  return json_line(out);
}

// --- Reading --------------------------------------------------------------------------------------------------------

RunSettings settings_from(const Node& node, const std::string& file) {
  Fields fields(node, file);
  RunSettings settings;
  settings.arguments = fields.texts("arguments");
  settings.isolation = fields.text("isolation");
  settings.jobs = static_cast<int>(fields.integer("jobs"));
  settings.repeat = static_cast<int>(fields.integer("repeat"));
  settings.slow_percent = static_cast<int>(fields.integer("slow_percent"));
  settings.saboteur = fields.text("saboteur");
  if (fields.find("seed") != nullptr) settings.seed = fields.integer("seed");
  fields.finish();
  return settings;
}

/// Of which version a report is. Throws CaseError for what is none, or newer.
int version_of(const Node& head, const std::string& file) {
  Fields fields(head, file);
  const Node& format = fields.need("format", Node::Kind::string, "\"kipc-report\"");
  if (format.text != kFormat) fields.wrong(format, "\"kipc-report\"");
  const Node& version = fields.need("format_version", Node::Kind::integer, "the version of the format");
  if (version.number < 1 || version.number > kReportFormatVersion)
    fields.wrong(version, fmt::format("a report of version 1 to {}, which this kipc reads", kReportFormatVersion));
  return static_cast<int>(version.number);
}

/// The head, already of the present version.
void read_head(Fields& fields, Report& report) {
  fields.find("format");
  fields.find("format_version");
  report.format_version = kReportFormatVersion;
  report.kipc_version = fields.text("kipc_version");
  report.started = fields.text("started");
  report.platform = fingerprint_from_json(fields.need("platform", Node::Kind::object, "the platform"), fields.file());
  report.platform.kipc_version = report.kipc_version;
  report.settings = settings_from(fields.need("settings", Node::Kind::object, "the settings"), fields.file());
  report.case_set = fields.text("case_set");
  report.selected = static_cast<int>(fields.integer("selected"));
}

void read_tail(Fields& fields, Report& report) {
  report.complete = fields.flag("complete");
  report.duration_ns = fields.integer("duration_ns");
  if (const Node* probes = fields.find("probes")) report.probes = probes_from(*probes, fields.file());
  const Node& node = fields.need("counts", Node::Kind::object, "how many runs got each status");
  Fields counts(node, fields.file());
  const Counts counted = count_statuses(report.variants);
  for (const StatusRow& row : kStatuses) {
    const int here = counted[static_cast<std::size_t>(row.status)];
    if (counts.integer(row.name) != here)
      counts.wrong(*node.find(row.name), fmt::format("{}, as many as the variants show", here));
  }
  counts.finish();
}

Status read_status(Fields& fields) {
  const Node& node = fields.need("status", Node::Kind::string, "a status");
  const auto status = status_of(node.text);
  if (!status) fields.wrong(node, "a status: FAIL, ERROR, MISS, XPASS, PASS, XFAIL, DONE or SKIP");
  return *status;
}

void read_verdict(Fields& fields, Verdict& verdict) {
  verdict.status = read_status(fields);
  verdict.reason = fields.optional_text("reason");
  verdict.line = static_cast<int>(fields.integer_or("line", 0));
  verdict.pointer = fields.optional_text("pointer");
  verdict.step = fields.optional_text("step");
  verdict.expected = fields.optional_text("expected");
  verdict.got = fields.optional_text("got");
  verdict.deviation = fields.optional_text("deviation");
  verdict.trace = fields.texts("trace");
  verdict.clauses = fields.texts("clauses");
  verdict.standing = fields.texts("standing");
  verdict.assertions = fields.list("assertions", [](Fields& one) {
    const Node& what = one.need("outcome", Node::Kind::string, "an outcome");
    const auto known = outcome_of(what.text);
    if (!known) one.wrong(what, "verified, failed, recorded or not reached");
    return AssertionOutcome{one.text("id"), *known, one.optional_text("note")};
  });
  verdict.answers = fields.list("answers", [](Fields& one) {
    return Answer{one.text("question"), one.text("answer")};
  });
  verdict.costs = fields.list("costs", measured_from);
}

VariantReport read_variant(Fields& fields) {
  VariantReport variant;
  variant.case_id = fields.text("case");
  variant.variant_id = fields.text("variant");
  variant.title = fields.text("title");
  variant.file = fields.text("file");
  variant.case_hash = fields.text("hash");
  variant.repetition = static_cast<int>(fields.integer("repetition"));
  read_verdict(fields, variant.verdict);
  variant.enable = fields.optional_text("enable");
  variant.duration_ns = fields.integer("duration_ns");
  variant.isolation = fields.optional_text("isolation");
  variant.remaining = fields.list("remaining", [](Fields& one) {
    return Remaining{one.text("kind"), one.text("name"), one.integer("id")};
  });
  variant.faults = fields.list("faults", [](Fields& one) {
    return FaultReport{one.text("pointer"), one.text("fault"), one.text("actor"), one.text("engine"),
                       one.integer("struck")};
  });
  variant.unmet = fields.list("unmet", [](Fields& one) {
    return UnmetNeed{Unmet{one.text("what"), one.text("enable")}, one.texts("only_for")};
  });
  if (fields.find("history") != nullptr) {
    variant.history = history_from_json(fields.need("history", Node::Kind::object, "what happened"), fields.file());
    variant.history->history.isolation = variant.isolation;
    variant.history->history.remaining = variant.remaining;
  }
  variant.history_text = fields.texts("history_text");
  fields.finish();
  return variant;
}

std::string_view left_out(ReportPart part) { return part == ReportPart::results ? "history" : ""; }

}  // namespace

std::string report_to_json(const Report& report) {
  std::string out = "{\n";
  append_members(out, head_to_json(report));
  append_members(out, tail_to_json(report));
  out += "\"variants\": [";
  for (std::size_t i = 0; i < report.variants.size(); ++i)
    out += (i == 0 ? "\n" : ",\n") + json_line(variant_to_json(report.variants[i]));
  return out + "\n]\n}\n";
}

Report report_from_json(std::string_view text, const std::string& file, ReportPart part) {
  Node root = parse_node(text, file, left_out(part));
  const int version = version_of(root, file);
  upgrade_head(root, version);
  for (Member& member : root.members)
    if (member.key == "variants")
      for (Node& variant : member.value.items) upgrade_variant(variant, version);
  Fields fields(root, file);
  Report report;
  read_head(fields, report);
  report.variants = fields.list("variants", read_variant);
  read_tail(fields, report);
  fields.finish();
  return report;
}

std::string start_to_json_line(const Report& report) { return tagged_line("start", head_to_json(report)); }

std::string variant_to_json_line(const VariantReport& variant) {
  return tagged_line("variant", variant_to_json(variant));
}

std::string end_to_json_line(const Report& report) { return tagged_line("end", tail_to_json(report)); }

VariantReport variant_from_json_line(std::string_view line, const std::string& file) {
  const Node node = parse_node(line, file);
  Fields fields(node, file);
  if (fields.text("type") != "variant") fields.wrong(*node.find("type"), "\"variant\"");
  return read_variant(fields);
}

Report report_from_json_lines(std::string_view text, const std::string& file, ReportPart part) {
  Report report;
  bool ended = false;
  bool started = false;
  int number = 0;
  int version = kReportFormatVersion;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const bool cut = end == std::string_view::npos;  // every line that was written whole has its end
    text.remove_prefix(cut ? text.size() : end + 1);
    if (line.empty()) continue;
    if (cut && started) break;
    try {
      Node node = parse_node(line, file, left_out(part));
      if (const Node* what = node.find("type"); what != nullptr && what->is_string()) {
        if (what->text == "start") upgrade_head(node, version = version_of(node, file));
        if (what->text == "variant") upgrade_variant(node, version);
      }
      Fields fields(node, file);
      const Node& type = fields.need("type", Node::Kind::string, "\"start\", \"variant\" or \"end\"");
      if (ended) fields.wrong(type, "nothing after the line of type \"end\"");
      if ((type.text == "start") == started) fields.wrong(type, "one line of type \"start\", as the first");
      if (type.text == "start") {
        read_head(fields, report);
        fields.finish();
        started = true;
      } else if (type.text == "variant") {
        report.variants.push_back(read_variant(fields));
      } else if (type.text == "end") {
        read_tail(fields, report);
        fields.finish();
        ended = true;
      } else {
        fields.wrong(type, "\"start\", \"variant\" or \"end\"");
      }
    } catch (CaseError& error) {
      error.problem.line = number;
      throw;
    }
  }
  if (!started) throw CaseError{Problem{file, 1, "", "a report of kipc", "an empty file", ""}};
  if (!ended) report.complete = false;
  return report;
}

Report report_from_stream(std::string_view text, const std::string& file, int& damaged) {
  constexpr std::string_view kBegin = "{\"type\":\"";
  Report report;
  bool started = false;
  bool ended = false;
  int version = kReportFormatVersion;
  damaged = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t begin = line.find(kBegin);
    if (begin == std::string_view::npos) continue;
    line.remove_prefix(begin);
    while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    try {
      Node node = parse_node(line, file);
      const std::string type = node.find("type")->text;
      if (type == "start") upgrade_head(node, version = version_of(node, file));
      if (type == "variant") upgrade_variant(node, version);
      Fields fields(node, file);
      fields.find("type");
      if (type == "start" && !started) {
        read_head(fields, report);
        started = true;
      } else if (type == "variant" && started) {
        report.variants.push_back(read_variant(fields));
      } else if (type == "end" && started) {
        ended = true;
        read_tail(fields, report);
      }
    } catch (const CaseError&) {
      ++damaged;
    }
  }
  if (!started)
    throw CaseError{Problem{file, 1, "", "a line of type \"start\", as kipc run --jsonl begins", "none", ""}};
  report.complete = report.complete && ended && damaged == 0;
  return report;
}

Result<Report> read_stream(const std::string& path) {
  const auto text = read_file(path == "-" ? "/dev/stdin" : path);
  if (!text) return fail(fmt::format("{}: cannot be read: {}", path, text.error().text()));
  try {
    int damaged = 0;
    return report_from_stream(*text, path, damaged);
  } catch (const CaseError& error) {
    return fail(error.problem.text());
  }
}

Result<Report> read_report(const std::string& path, ReportPart part) {
  const auto text = read_file(path == "-" ? "/dev/stdin" : path);
  if (!text) return fail(fmt::format("{}: cannot be read: {}", path, text.error().text()));
  try {
    const std::string_view first = std::string_view(*text).substr(0, text->find('\n'));
    return first.find("\"type\":\"start\"") != std::string_view::npos ? report_from_json_lines(*text, path, part)
                                                                      : report_from_json(*text, path, part);
  } catch (const CaseError& error) {
    return fail(error.problem.text());
  }
}

bool is_other_json(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return false;
  const auto other = [](std::string_view json) {
    // Only the members of the whole are kept; the variants may be large.
    const auto shallow = [](int depth, ordered_json::parse_event_t, ordered_json&) { return depth <= 1; };
    const ordered_json value = ordered_json::parse(json, shallow, false);
    if (value.is_discarded()) return false;
    const auto format = value.is_object() ? value.find("format") : value.end();
    return format == value.end() || *format != kFormat;
  };
  return other(*text) || other(std::string_view(*text).substr(0, text->find('\n')));
}

}  // namespace kipc
