#include "report/advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "model/embedded.hpp"
#include "report/fields.hpp"
#include "report/measure_text.hpp"

namespace kipc {
namespace {

Guarantee read_guarantee(Fields& outer, std::string_view key) {
  Fields fields(outer.need(key, Node::Kind::object, "what is guaranteed: an object with \"says\""), outer.file());
  Guarantee guarantee;
  guarantee.says = fields.text("says");
  guarantee.assertions = fields.texts("assertions");
  fields.finish();
  return guarantee;
}

bool fits(const Guarantees& guarantees, std::string_view pattern) {
  return std::find(guarantees.patterns.begin(), guarantees.patterns.end(), pattern) != guarantees.patterns.end();
}

/// Whether one message reaches all receivers at once; the others need one for each.
bool reaches_all(const Guarantees& guarantees) { return fits(guarantees, "broadcast"); }

std::string ranking_of(const AdviceQuestion& question) {
  if (!question.ranking.empty()) return question.ranking;
  return question.pattern == "one-way" ? "throughput" : "latency";
}

/// A broadcast may be had of every mechanism that carries messages, by sending it to each.
bool considered(const Guarantees& guarantees, const AdviceQuestion& question) {
  if (fits(guarantees, question.pattern)) return true;
  return question.pattern == "broadcast" && fits(guarantees, "one-way");
}

double order_of(const Ranked& ranked, std::string_view ranking) {
  constexpr double kLast = std::numeric_limits<double>::max();
  if (ranking == "throughput") return ranked.throughput > 0 ? -ranked.throughput : kLast;
  const double value = ranking == "cpu" ? ranked.cpu_ns : ranked.latency_ns;
  return value > 0 ? value : kLast;
}

/// Results of sizes that are further off than by a factor of four say nothing of the one asked for.
const Measured* measured(const Measured* result, std::int64_t size) {
  if (result == nullptr || !result->there()) return nullptr;
  const bool near = result->size == 0 || (result->size <= 4 * size && size <= 4 * result->size);
  return near ? result : nullptr;
}

std::string figure(double value, std::string (*text)(double)) { return value > 0 ? text(value) : "-"; }

}  // namespace

std::vector<Guarantees> read_guarantees(std::string_view text, const std::string& file) {
  const Node root = parse_node(text, file);
  Fields fields(root, file);
  std::vector<Guarantees> all;
  for (const Node& node : fields.objects("mechanisms")) {
    Fields one(node, file);
    Guarantees made;
    made.mechanism = one.text("mechanism");
    made.name = one.text("name");
    made.patterns = one.texts("patterns");
    for (const std::string& pattern : made.patterns)
      if (std::find(std::begin(kPatterns), std::end(kPatterns), pattern) == std::end(kPatterns))
        one.wrong(*one.find("patterns"), "broadcast, notification, one-way or request-response");
    made.boundaries = read_guarantee(one, "boundaries");
    made.priorities = read_guarantee(one, "priorities");
    made.persistence = read_guarantee(one, "persistence");
    made.access = read_guarantee(one, "access");
    made.crash = read_guarantee(one, "crash");
    made.receivers = read_guarantee(one, "receivers");
    one.finish();
    all.push_back(std::move(made));
  }
  fields.finish();
  return all;
}

const std::vector<Guarantees>& embedded_guarantees() {
  static const std::vector<Guarantees> all = [] {
    std::vector<Guarantees> list;
    for (const EmbeddedFile& file : embedded_files())
      if (file.path.starts_with("guarantees/"))
        for (Guarantees& one : read_guarantees(file.content, "cases/" + std::string(file.path)))
          list.push_back(std::move(one));
    std::sort(list.begin(), list.end(),
              [](const Guarantees& a, const Guarantees& b) { return a.mechanism < b.mechanism; });
    return list;
  }();
  return all;
}

std::vector<std::pair<std::string_view, const Guarantee*>> parts_of(const Guarantees& g) {
  return {{"boundaries", &g.boundaries}, {"priorities", &g.priorities}, {"persistence", &g.persistence},
          {"access", &g.access},         {"when one dies", &g.crash},   {"receivers", &g.receivers}};
}

std::vector<Ranked> rank(const AdviceQuestion& question, const MeasureReport& report,
                         const std::vector<Guarantees>& guarantees) {
  std::vector<Ranked> list;
  for (const Guarantees& one : guarantees) {
    if (!considered(one, question)) continue;
    Ranked ranked;
    ranked.guarantees = &one;
    ranked.trip = measured(report.find(one.mechanism, kRoundTrip, question.placement, question.size), question.size);
    ranked.one_way = measured(report.find(one.mechanism, kOneWay, question.placement, question.size), question.size);
    const double copies =
        question.pattern == "broadcast" && !reaches_all(one) ? static_cast<double>(question.receivers) : 1;
    const bool answer = question.pattern == "request-response";
    if (ranked.trip != nullptr) {
      ranked.latency_ns = ranked.trip->typical_ns().median / (answer ? 1 : 2) * copies;
      ranked.cpu_ns = ranked.trip->cpu_ns() / (answer ? 1 : 2) * copies;
    }
    if (ranked.one_way != nullptr) {
      ranked.throughput =
          static_cast<double>(ranked.one_way->size) * 1e9 / ranked.one_way->typical_ns().median / copies;
      if (!answer) ranked.cpu_ns = ranked.one_way->cpu_ns() * copies;
    } else if (ranked.trip != nullptr && ranked.trip->size > 0) {
      ranked.throughput = ranked.trip->bytes_per_second() / copies;  // one message at a time
    }
    list.push_back(ranked);
  }
  const std::string ranking = ranking_of(question);
  std::stable_sort(list.begin(), list.end(),
                   [&](const Ranked& a, const Ranked& b) { return order_of(a, ranking) < order_of(b, ranking); });
  return list;
}

std::string advice_text(const AdviceQuestion& question, const MeasureReport& report,
                        const std::vector<Guarantees>& guarantees, const Page& page) {
  const std::vector<Ranked> list = rank(question, report, guarantees);
  const bool answer = question.pattern == "request-response";
  std::string out = fmt::format("{}{}, {}, best {} first\n\n", question.pattern,
                                question.size > 0 ? " of " + size_text(question.size) : "",
                                placement_text(report, question.placement), ranking_of(question));
  std::size_t place = 0;
  for (const Ranked& one : list) {
    const Guarantees& g = *one.guarantees;
    out += fmt::format("{:>2}. {}\n", ++place, page.paint(g.name, Colour::bold));
    if (one.trip == nullptr && one.one_way == nullptr) {
      const Measured* tried = report.find(g.mechanism, kRoundTrip, question.placement, question.size);
      const std::string why = tried == nullptr ? "nobody asked for it"
                              : tried->there() ? "nothing near that size: " + size_text(tried->size)
                                               : tried->not_measured;
      out += page.wrap("not measured: " + why, "    ", 6);
    } else {
      out += fmt::format("    {} {}, throughput {}, CPU {}{}\n", answer ? "round trip" : "latency",
                         figure(one.latency_ns, time_text), figure(one.throughput, rate_text),
                         figure(one.cpu_ns, time_text), answer ? " a round trip" : " a message");
      const Measured& from =
          one.one_way != nullptr && !answer ? *one.one_way : *(one.trip != nullptr ? one.trip : one.one_way);
      if (from.size != question.size && from.size != 0)
        out += fmt::format("    measured with {}, the nearest size there is\n", size_text(from.size));
      if (from.size == 0 && question.size > 0) out += "    it carries no bytes: a wake-up alone\n";
      if (one.one_way == nullptr && one.trip != nullptr && one.trip->size > 0 && !answer)
        out += "    one way was not measured: throughput is that of one message at a time\n";
    }
    for (const auto& [name, guarantee] : parts_of(g)) {
      std::string text = guarantee->says;
      if (!guarantee->assertions.empty()) text += " [" + join(guarantee->assertions, ", ") + "]";
      out += page.wrap(text, "    " + padded(name, 15), 19);
    }
    out += "\n";
  }
  if (question.pattern == "broadcast")
    out +=
        page.wrap(fmt::format("Reckoned for {} receivers: one message and one wake for all where the mechanism can do "
                              "that, else one message each. It was measured with one receiver.",
                              question.receivers),
                  "  ", 4);
  out += page.wrap(
      "Guarantees are tested by kipc run where assertions stand beside them; kipc list --assertion ID says by "
      "which cases.",
      "  ", 4);
  return out + conditions_text(report, page);
}

}  // namespace kipc
