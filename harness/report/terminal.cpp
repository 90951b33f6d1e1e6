#include "report/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "base/text.hpp"

namespace kipc {
namespace {

using Variants = std::vector<const VariantReport*>;

class Summary {
 public:
  Summary(const Report& report, const TerminalOptions& options)
      : report_(report), page_(options.page), options_(options) {
    for (const VariantReport& variant : report.variants) repeated_ = repeated_ || variant.repetition > 0;
  }

  std::string write() {
    if (!options_.quiet) {
      platform();
      areas();
    }
    unsteady();
    failures();
    by_reason(Status::error);
    by_reason(Status::miss);
    if (!options_.quiet) {
      by_reason(Status::xfail);
      by_reason(Status::skip);
      answers();
    }
    if (options_.verbose) {
      costs();
      faults();
      left_behind();
    }
    totals();
    if (options_.quiet) out_.erase(0, out_.find_first_not_of('\n'));
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string what_ran() const { return repeated_ ? "run" : "variant"; }

  void heading(std::string_view text) { out_ += "\n" + page_.paint(text, Colour::bold) + "\n"; }

  void platform() {
    out_ += page_.wrap(platform_line(report_), "", 2);
    if (!report_.settings.saboteur.empty())
      out_ += page_.paint(fmt::format("sabotaged on purpose: {}", report_.settings.saboteur), Status::xpass) + "\n";
    if (report_.settings.seed) out_ += fmt::format("shuffled, seed {}\n", *report_.settings.seed);
  }

  void areas() {
    const std::vector<AreaSummary> areas = summarise_areas(report_.variants);
    if (areas.empty()) return;
    std::size_t name_width = 0;
    int most = 0;
    for (const AreaSummary& area : areas) {
      name_width = std::max(name_width, area.name.size());
      most = std::max(most, area.variants);
    }
    const std::size_t digits = std::to_string(most).size();
    out_ += "\n";
    for (const AreaSummary& area : areas) {
      std::vector<std::string> assertions;
      const auto add = [&](int n, const char* what) {
        if (n > 0) assertions.push_back(fmt::format("{} {}", n, what));
      };
      add(area.failed, "failed");
      add(area.verified, "verified");
      add(area.recorded, "recorded");
      add(area.not_reached, "not reached");
      Counts others = area.counts;
      others[static_cast<std::size_t>(Status::pass)] = 0;
      std::string line = fmt::format("{:<5} {}  {:>{}} {}", name_of(area.status()), padded(area.name, name_width),
                                     area.variants, digits, what_ran() + (area.variants == 1 ? "" : "s"));
      if (!assertions.empty())
        line += fmt::format("{}  assertions: {}", area.variants == 1 ? " " : "", join(assertions, ", "));
      // What the first column has said already is not said again.
      if (area.counts[static_cast<std::size_t>(area.status())] != area.variants)
        line += fmt::format("  ({})", counts_text(others));
      std::string wrapped = page_.wrap(line, "", 6);
      out_ += page_.paint(wrapped.substr(0, 5), area.status()) + wrapped.substr(5);
    }
  }

  /// The line that begins a group: the status, then what there is to say.
  void headline(Status status, std::string_view text) {
    const std::string name(name_of(status));
    out_ += "\n" + page_.paint(name, status) + page_.wrap(text, name + " ", 4).substr(name.size());
  }

  /// What stands below the line of a failure: where, the trace, the clauses, where everyone stood.
  void details(const VariantReport& variant) {
    const Verdict& verdict = variant.verdict;
    const std::string at = verdict.line > 0 ? fmt::format("{}:{}", variant.file, verdict.line) : variant.file;
    out_ += page_.wrap(fmt::format("{}  {}", at, variant.title), "  ", 4);
    if (!verdict.step.empty()) out_ += page_.wrap(verdict.step, "  the line: ", 6);
    if (!verdict.trace.empty()) out_ += "\n";
    for (const std::string& line : verdict.trace) {
      const bool here = line.starts_with("> ");
      out_ += "    " + (here ? page_.paint(line, verdict.status) : line) + "\n";
    }
    const bool more = !verdict.clauses.empty() || !verdict.standing.empty() || !verdict.answers.empty();
    if (!verdict.trace.empty() && more) out_ += "\n";
    for (const std::string& clause : verdict.clauses) out_ += page_.wrap(clause, "  clause: ", 10);
    for (const std::string& line : verdict.standing) out_ += page_.wrap(line, "  where it stands: ", 6);
    for (const Answer& answer : verdict.answers)
      out_ += page_.wrap(fmt::format("{}: {}", answer.question, answer.answer), "  recorded: ", 6);
    if (!options_.verbose) return;
    const std::vector<std::string> history = history_of(variant);
    if (!history.empty()) out_ += "  history:\n";
    for (const std::string& line : history) out_ += "    " + line + "\n";
  }

  void names(const Variants& variants, std::string_view first) {
    if (options_.verbose) {
      for (const VariantReport* variant : variants) out_ += std::string(first) + name_of(*variant) + "\n";
      return;
    }
    std::map<std::string_view, int> times;  // a variant that ran several times is named once
    for (const VariantReport* variant : variants) ++times[variant->variant_id];
    std::vector<std::string> texts;
    for (const VariantReport* variant : variants)
      if (const int n = std::exchange(times[variant->variant_id], 0); n > 0)
        texts.push_back(n == 1 ? variant->variant_id : fmt::format("{} ({} times)", variant->variant_id, n));
    out_ += page_.some_of(texts, first);
  }

  /// Variants whose repetitions did not all come to the same.
  void unsteady() {
    if (!repeated_) return;
    std::map<std::string_view, Counts> variants;
    for (const VariantReport& variant : report_.variants)
      ++variants[variant.variant_id][static_cast<std::size_t>(variant.verdict.status)];
    bool first = true;
    for (const auto& [id, counts] : variants) {
      if (std::count(counts.begin(), counts.end(), 0) + 1 >= static_cast<std::ptrdiff_t>(counts.size())) continue;
      if (std::exchange(first, false)) heading("Not the same every time");
      out_ += page_.wrap(fmt::format("{}: {}", id, counts_text(counts)), "  ", 4);
    }
  }

  /// FAIL and XPASS, each in full; variants of one case that fail on the same line are told once.
  void failures() {
    using Key = std::tuple<Status, std::string_view, std::string_view>;
    std::vector<std::pair<Key, Variants>> groups;
    for (const VariantReport& variant : report_.variants) {
      const Status status = variant.verdict.status;
      if (status != Status::fail && status != Status::xpass) continue;
      const Key key{status, variant.case_id, variant.verdict.pointer};
      const auto same = [&](const auto& group) { return group.first == key; };
      auto at = std::find_if(groups.begin(), groups.end(), same);
      if (at == groups.end() || options_.verbose) {
        groups.push_back({key, {}});
        at = groups.end() - 1;
      }
      at->second.push_back(&variant);
    }
    for (const auto& [key, variants] : groups) {
      const Status status = std::get<Status>(key);
      const VariantReport& first = *variants.front();
      headline(status, failure_line(first));
      details(first);
      if (variants.size() > 1) {
        const Variants others(variants.begin() + 1, variants.end());
        names(others, fmt::format("  on the same line, {} more: ", count_of(others.size(), what_ran())));
      }
    }
  }

  /// Those of one status, told once for each reason.
  void by_reason(Status status) {
    using Key = std::pair<std::string_view, std::string_view>;
    std::map<Key, Variants> groups;
    for (const VariantReport& variant : report_.variants)
      if (variant.verdict.status == status) groups[{variant.verdict.reason, variant.enable}].push_back(&variant);
    if (groups.empty()) return;
    for (const auto& [key, variants] : groups) {
      const VariantReport& first = *variants.front();
      // What is known is told in a line; the report has the rest.
      const bool located = (!first.verdict.trace.empty() || !first.verdict.standing.empty()) &&
                           (status != Status::xfail || options_.verbose);
      if (located) {
        headline(status, failure_line(first));
        details(first);
        if (variants.size() > 1)
          names(Variants(variants.begin() + 1, variants.end()),
                fmt::format("  for the same reason, {} more: ", count_of(variants.size() - 1, what_ran())));
      } else {
        headline(status, fmt::format("{}: {}", count_of(variants.size(), what_ran()), key.first));
      }
      if (!key.second.empty()) out_ += page_.wrap(std::string(key.second), "  to enable: ", 4);
      if (!located) names(variants, "  ");
    }
  }

  /// What was measured, each with the figures that were counted.
  void costs() {
    FigureSet counted;
    for (const FigureRow& row : figures())
      counted.set(static_cast<std::size_t>(row.figure),
                  !report_.probes[static_cast<std::size_t>(row.figure)].how.empty());
    bool begun = false;
    for (const VariantReport& variant : report_.variants)
      for (const MeasuredCost& measured : variant.verdict.costs) {
        if (!begun) heading("What it cost");
        begun = true;
        out_ += page_.wrap(fmt::format("{}: {} per {}", name_of(variant), cost_text(measured, counted), measured.what),
                           "  ", 6);
      }
  }

  void answers() {
    struct Given {
      std::map<std::string_view, Variants> by_answer;
    };
    std::map<std::string_view, std::map<std::string_view, Given>> cases;  // case, question
    std::map<std::string_view, int> variants_of;
    for (const VariantReport& variant : report_.variants) {
      ++variants_of[variant.case_id];
      for (const Answer& answer : variant.verdict.answers)
        cases[variant.case_id][answer.question].by_answer[answer.answer].push_back(&variant);
    }
    if (cases.empty()) return;
    heading("Recorded where the standard leaves the answer open");
    for (const auto& [id, questions] : cases) {
      out_ += fmt::format("  {}\n", id);
      for (const auto& [question, given] : questions) {
        for (const auto& [answer, variants] : given.by_answer) {
          std::string line = fmt::format("{}: {}", question, answer);
          const bool all = static_cast<int>(variants.size()) == variants_of[id];
          if (!all && given.by_answer.size() > 1)
            line += variants.size() == 1 ? fmt::format(" {}", parameters_of(*variants.front()))
                                         : fmt::format(" ({})", count_of(variants.size(), what_ran()));
          out_ += page_.wrap(line, "    ", 6);
        }
      }
    }
  }

  /// Which engine did what was armed, and how often it struck.
  void faults() {
    bool first = true;
    for (const VariantReport& variant : report_.variants) {
      if (variant.faults.empty()) continue;
      if (std::exchange(first, false)) heading("Faults that waited for calls");
      out_ += page_.wrap(name_of(variant), "  ", 4);
      for (const FaultReport& fault : variant.faults)
        out_ += page_.wrap(fmt::format("{}: {} by {}, struck {} for {}", fault.pointer, fault.fault, fault.engine,
                                       fault.struck == 1 ? "once" : fmt::format("{} times", fault.struck), fault.actor),
                           "    ", 6);
    }
  }

  void left_behind() {
    bool first = true;
    for (const VariantReport& variant : report_.variants) {
      // An actor that was killed stays a zombie until its parent reaps it: by design, and only in the JSON report.
      const auto object = [](const Remaining& left) { return left.kind != "zombie"; };
      if (std::none_of(variant.remaining.begin(), variant.remaining.end(), object)) continue;
      if (std::exchange(first, false)) heading("Objects there when all actors were gone");
      std::vector<std::string> objects;
      for (const Remaining& left : variant.remaining)
        if (object(left))
          objects.push_back(left.name.empty() ? fmt::format("{} {}", left.kind, left.id)
                                              : fmt::format("{} {}", left.kind, left.name));
      out_ += page_.wrap(fmt::format("{}: {}", name_of(variant), join(objects, ", ")), "  ", 4);
    }
  }

  void totals() {
    const Counts counts = count_statuses(report_.variants);
    std::set<std::string_view> cases;
    std::set<std::string_view> variants;
    std::map<std::string_view, int> isolation;
    for (const VariantReport& variant : report_.variants) {
      cases.insert(variant.case_id);
      variants.insert(variant.variant_id);
      if (!variant.isolation.empty()) ++isolation[variant.isolation];
    }
    std::string statuses;
    for (const StatusRow& row : kStatuses)
      if (const int n = counts[static_cast<std::size_t>(row.status)]; n > 0)
        statuses += (statuses.empty() ? "" : ", ") + page_.paint(fmt::format("{} {}", n, row.name), row.status);
    const auto ran = static_cast<int>(report_.variants.size());
    out_ += "\n";
    if (!report_.complete)
      out_ += page_.paint(fmt::format("interrupted: {} of {} finished", ran, report_.selected), Status::miss) + "\n";
    std::string what = count_of(report_.variants.size(), what_ran());
    if (repeated_) what += " of " + count_of(variants.size(), "variant");
    out_ += fmt::format("{} of {}: {}\n", what, count_of(cases.size(), "case"),
                        statuses.empty() ? "nothing ran" : statuses);
    if (options_.quiet) return;
    std::string how = fmt::format("{}, {}", duration_text(report_.duration_ns),
                                  count_of(static_cast<std::size_t>(report_.settings.jobs), "worker"));
    for (const auto& [name, n] : isolation)
      how +=
          isolation.size() == 1 ? fmt::format(", isolation: {}", name) : fmt::format(", isolation: {} ({})", name, n);
    out_ += how + "\n";
  }

  const Report& report_;
  const Page& page_;
  const TerminalOptions& options_;
  bool repeated_ = false;  // then what is counted are runs of variants
  std::string out_;
};

}  // namespace

std::string terminal_summary(const Report& report, const TerminalOptions& options) {
  return Summary(report, options).write();
}

std::string variant_line(const VariantReport& variant, const Page& page) {
  const Verdict& verdict = variant.verdict;
  std::string line =
      fmt::format("{} {:>8}  {}", page.paint(fmt::format("{:<5}", name_of(verdict.status)), verdict.status),
                  duration_text(variant.duration_ns), name_of(variant));
  if (!verdict.reason.empty() && verdict.status != Status::pass) line += ": " + verdict.reason;
  return line + "\n";
}

std::string progress_line(int done, int selected, const Counts& counts, const std::string& latest, const Page& page) {
  const std::size_t digits = std::to_string(selected).size();
  Counts unexpected{};
  for (const StatusRow& row : kStatuses)
    if (row.exit_code != 0)
      unexpected[static_cast<std::size_t>(row.status)] = counts[static_cast<std::size_t>(row.status)];
  const std::string bad = counts_text(unexpected);
  const std::string line =
      fmt::format("[{:>{}}/{}] {}{}{}", done, digits, selected, bad, bad.empty() ? "" : "  ", latest);
  return page.width == 0 ? line : clipped(line, page.width - 1);
}

}  // namespace kipc
