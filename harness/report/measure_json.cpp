#include "report/measure_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "base/file.hpp"
#include "report/fields.hpp"
#include "report/fingerprint_json.hpp"
#include "report/json_line.hpp"

namespace kipc {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kMeasureFormat = "kipc-measure";

std::int64_t whole(double value) { return static_cast<std::int64_t>(std::llround(value)); }

ordered_json costs_to_json(const ExchangeCosts& costs) {
  ordered_json out = {{"source", costs.source}};
  const auto add = [&](const char* name, const std::optional<double>& value) {
    if (value) out[name] = whole(*value * 1000);
  };
  add("system_calls_milli", costs.system_calls);
  add("copies_milli", costs.copies);
  add("bytes_copied_milli", costs.bytes_copied);
  if (costs.inferred) out["inferred"] = true;
  return out;
}

/// For readers without kipc: what can be worked out from the rest.
ordered_json summary_of(const Measured& measured) {
  const MedianInterval typical = measured.typical_ns();
  ordered_json out = {{"typical_ps", whole(typical.median * 1000)},
                      {"low_ps", whole(typical.low * 1000)},
                      {"high_ps", whole(typical.high * 1000)},
                      {"confidence_permille", whole(typical.confidence * 1000)}};
  for (const auto& [name, q] : {std::pair<const char*, double>{"p50_ps", 0.5},
                                {"p90_ps", 0.9},
                                {"p99_ps", 0.99},
                                {"p999_ps", 0.999},
                                {"max_ps", 1.0}})
    if (const auto value = measured.quantile_ns(q)) out[name] = whole(*value * 1000);
  out["messages_per_second"] = whole(measured.messages_per_second());
  out["cpu_ps"] = whole(measured.cpu_ns() * 1000);
  return out;
}

ordered_json result_to_json(const Measured& measured) {
  const Measurement& numbers = measured.numbers;
  ordered_json out = {{"case", measured.case_id},
                      {"mechanism", measured.mechanism},
                      {"kind", measured.kind},
                      {"size", measured.size},
                      {"placement", measured.placement}};
  if (!measured.there()) {
    out["not_measured"] = measured.not_measured;
    return out;
  }
  out["summary"] = summary_of(measured);
  out["cpus"] = numbers.cpus;
  out["batch"] = numbers.batch;
  out["warm_up_ns"] = numbers.warm_up_ns;
  ordered_json passes = ordered_json::array();
  for (const TimedPass& pass : numbers.passes)
    passes.push_back({pass.exchanges, pass.wall_ns, pass.typical_ps, pass.cpu_ns, pass.switches, pass.preemptions,
                      pass.faults, pass.start});
  out["passes"] = std::move(passes);
  if (numbers.times != nullptr) {
    ordered_json counts = ordered_json::array();
    for (const auto& [bucket, count] : numbers.times->filled()) counts.push_back({bucket, count});
    out["histogram"] = {{"sub_bits", Histogram::kSubBits},
                        {"min_ns", numbers.times->min()},
                        {"max_ns", numbers.times->max()},
                        {"counts", std::move(counts)}};
  }
  if (!measured.costs.source.empty()) out["costs"] = costs_to_json(measured.costs);
  return out;
}

/// A list of so many integers.
const std::vector<Node>& integers(Fields& fields, const Node& node, std::size_t count) {
  const bool fine = node.is_array() && node.items.size() == count &&
                    std::all_of(node.items.begin(), node.items.end(), [](const Node& n) { return n.is_integer(); });
  if (!fine) fields.wrong(node, "a list of " + std::to_string(count) + " integers");
  return node.items;
}

void read_histogram(Fields& outer, const Node& node, Measurement& numbers) {
  Fields fields(node, outer.file());
  if (fields.integer("sub_bits") != Histogram::kSubBits)
    fields.wrong(*fields.find("sub_bits"), "a histogram with sub_bits " + std::to_string(Histogram::kSubBits));
  std::vector<std::pair<std::size_t, std::uint64_t>> counts;
  const Node& list = fields.need("counts", Node::Kind::array, "a list of buckets and counts");
  for (const Node& item : list.items) {
    const std::vector<Node>& pair = integers(fields, item, 2);
    if (pair[0].number < 0 || pair[1].number < 0) fields.wrong(item, "a bucket and its count, not negative");
    counts.emplace_back(static_cast<std::size_t>(pair[0].number), static_cast<std::uint64_t>(pair[1].number));
  }
  numbers.times = std::make_shared<Histogram>();
  if (!numbers.times->restore(counts, static_cast<std::uint64_t>(fields.integer("min_ns")),
                              static_cast<std::uint64_t>(fields.integer("max_ns"))))
    fields.wrong(list, "buckets from 0 to " + std::to_string(Histogram::kBuckets - 1));
  fields.finish();
}

ExchangeCosts read_costs(Fields& fields) {
  ExchangeCosts costs;
  costs.source = fields.text("source");
  const auto take = [&](const char* name, std::optional<double>& value) {
    if (fields.find(name) != nullptr) value = static_cast<double>(fields.integer(name)) / 1000;
  };
  take("system_calls_milli", costs.system_calls);
  take("copies_milli", costs.copies);
  take("bytes_copied_milli", costs.bytes_copied);
  costs.inferred = fields.find("inferred") != nullptr && fields.flag("inferred");
  return costs;
}

Measured read_measured(Fields& fields) {
  Measured measured;
  measured.case_id = fields.text("case");
  measured.mechanism = fields.text("mechanism");
  measured.kind = fields.text("kind");
  if (measured.kind != kRoundTrip && measured.kind != kOneWay)
    fields.wrong(*fields.find("kind"), "\"round trip\" or \"one way\"");
  measured.size = fields.integer("size");
  measured.placement = fields.text("placement");
  measured.not_measured = fields.optional_text("not_measured");
  (void)fields.find("summary");
  Measurement& numbers = measured.numbers;
  numbers.one_way = measured.kind == kOneWay;
  if (measured.there()) {
    for (const Node& cpu : fields.need("cpus", Node::Kind::array, "a list of processors").items)
      numbers.cpus.push_back(static_cast<int>(cpu.number));
    numbers.batch = fields.integer("batch");
    if (numbers.batch < 1) fields.wrong(*fields.find("batch"), "at least 1");
    numbers.warm_up_ns = fields.integer("warm_up_ns");
    for (const Node& item : fields.need("passes", Node::Kind::array, "a list of passes").items) {
      const std::vector<Node>& n = integers(fields, item, 8);
      numbers.passes.push_back(TimedPass{n[0].number, n[1].number, n[2].number, n[3].number, n[4].number, n[5].number,
                                         n[6].number, n[7].number});
    }
    if (numbers.passes.empty()) fields.wrong(*fields.find("passes"), "at least one pass");
    if (const Node* histogram = fields.find("histogram")) read_histogram(fields, *histogram, numbers);
    if (const Node* costs = fields.find("costs")) measured.costs = read_object(*costs, fields.file(), read_costs);
  }
  return measured;
}

Conditions read_conditions(Fields& fields) {
  Conditions conditions;
  conditions.clock_ps = fields.integer("clock_ps");
  conditions.steal_permille = fields.integer("steal_permille");
  conditions.others_permille = fields.integer_or("others_permille", -1);
  conditions.load_percent = fields.integer("load_percent");
  conditions.pipe_capacity = fields.integer("pipe_capacity");
  conditions.not_counted = fields.optional_text("not_counted");
  conditions.caveats = fields.texts("caveats");
  return conditions;
}

/// In version 1 everybody was started once, and a pass had no number of its start.
void upgrade_from_1(Node& root) {
  for (Member& list : root.members) {
    if (list.key != "results") continue;
    for (Node& result : list.value.items)
      for (Member& member : result.members)
        if (member.key == "passes")
          for (Node& pass : member.value.items) pass.items.push_back(Node::integer(0));
  }
}

}  // namespace

std::string measured_to_json(const Measured& measured) { return json_line(result_to_json(measured)); }

Measured measured_from_json(std::string_view text, const std::string& file) {
  return read_object(parse_node(text, file), file, read_measured);
}

std::string measure_to_json(const MeasureReport& report) {
  const Conditions& c = report.conditions;
  const ordered_json head = {{"format", kMeasureFormat},
                             {"format_version", report.format_version},
                             {"kipc_version", report.kipc_version},
                             {"started", report.started},
                             {"duration_ns", report.duration_ns},
                             {"complete", report.complete},
                             {"platform", ordered_json::parse(fingerprint_to_json(report.platform))},
                             {"conditions",
                              {{"clock_ps", c.clock_ps},
                               {"steal_permille", c.steal_permille},
                               {"others_permille", c.others_permille},
                               {"load_percent", c.load_percent},
                               {"pipe_capacity", c.pipe_capacity},
                               {"not_counted", c.not_counted},
                               {"caveats", c.caveats}}}};
  std::string out = json_line(head);
  out.back() = ',';
  out += "\n\"results\": [\n";
  for (std::size_t i = 0; i < report.results.size(); ++i)
    out += measured_to_json(report.results[i]) + (i + 1 < report.results.size() ? ",\n" : "\n");
  return out + "]}\n";
}

MeasureReport measure_from_json(std::string_view text, const std::string& file) {
  Node root = parse_node(text, file);
  Fields fields(root, file);
  if (fields.text("format") != kMeasureFormat) fields.wrong(*fields.find("format"), "\"kipc-measure\"");
  MeasureReport report;
  const std::int64_t version = fields.integer("format_version");
  if (version < 1 || version > kMeasureFormatVersion)
    fields.wrong(*fields.find("format_version"), fmt::format("version 1 to {}", kMeasureFormatVersion));
  if (version == 1) upgrade_from_1(root);
  report.kipc_version = fields.text("kipc_version");
  report.started = fields.text("started");
  report.duration_ns = fields.integer("duration_ns");
  report.complete = fields.flag("complete");
  report.platform = fingerprint_from_json(fields.need("platform", Node::Kind::object, "a fingerprint"), file);
  report.conditions =
      read_object(fields.need("conditions", Node::Kind::object, "the conditions"), file, read_conditions);
  report.results = fields.list("results", read_measured);
  fields.finish();
  return report;
}

bool is_measurement(const std::string& path) {
  // What a file is stands in its first line, which is short in a measurement and may be all of another file.
  constexpr std::size_t kHead = 256;
  std::string head(kHead, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(kHead));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return head.find('"' + std::string(kMeasureFormat) + '"') != std::string::npos;
}

Result<MeasureReport> read_measure_report(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return fail(path + ": cannot be read: " + text.error().text());
  try {
    return measure_from_json(*text, path);
  } catch (const CaseError& error) {
    return fail(error.problem.text());
  }
}

}  // namespace kipc
