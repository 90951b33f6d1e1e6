#include "report/html_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "language/print.hpp"
#include "language/script.hpp"
#include "report/fingerprint_json.hpp"
#include "report/flows.hpp"
#include "report/html_history.hpp"
#include "report/json_line.hpp"
#include "report/measure_json.hpp"

namespace kipc {
namespace {

using nlohmann::ordered_json;

/// Gives names their places, in the order in which they come.
class Places {
 public:
  /// The place, and whether the name is new.
  std::pair<std::size_t, bool> of(const std::string& name) {
    const auto [at, fresh] = places_.emplace(name, places_.size());
    return {at->second, fresh};
  }

 private:
  std::map<std::string, std::size_t> places_;
};

class Maker {
 public:
  explicit Maker(const HtmlSources& sources) : sources_(sources) {
    for (const Assertion& one : sources.catalogue.all()) {
      assertions_.of(one.id);
      catalogue_.push_back({one.id, one.area, one.interface, one.klass, one.statement, one.ref, one.checked ? 1 : 0});
    }
  }

  HtmlData run(const std::vector<Report>& reports) {
    HtmlData data;
    ordered_json list = ordered_json::array();
    for (const Report& report : reports) {
      ordered_json details = ordered_json::array();
      ordered_json runs = ordered_json::array();
      for (const VariantReport& variant : report.variants) {
        runs.push_back(run_of(variant));
        details.push_back(detail_of(variant));
      }
      ordered_json one = head_of(report);
      one["runs"] = std::move(runs);
      list.push_back(std::move(one));
      data.details.push_back(json_line(details));
    }
    ordered_json statuses = ordered_json::array();
    for (const StatusRow& row : kStatuses) statuses.push_back({row.name, row.meaning});
    data.overview = json_line({{"catalogue", std::move(catalogue_)},
                               {"cases", std::move(cases_)},
                               {"reports", std::move(list)},
                               {"statuses", std::move(statuses)},
                               {"variants", std::move(variants_)}});
    data.traces = json_line(traces_);
    return data;
  }

 private:
  static ordered_json head_of(const Report& report) {
    const RunSettings& asked = report.settings;
    return {{"platform", ordered_json::parse(fingerprint_to_json(report.platform))},
            {"kipc_version", report.kipc_version},
            {"started", report.started},
            {"duration_ns", report.duration_ns},
            {"case_set", report.case_set},
            {"selected", report.selected},
            {"complete", report.complete},
            {"arguments", asked.arguments},
            {"isolation", asked.isolation},
            {"repeat", asked.repeat},
            {"slow_percent", asked.slow_percent},
            {"saboteur", asked.saboteur}};
  }

  const Case* find_case(const std::string& id) const {
    const auto at = std::lower_bound(sources_.cases.begin(), sources_.cases.end(), id,
                                     [](const Case& one, const std::string& wanted) { return one.id < wanted; });
    return at != sources_.cases.end() && at->id == id ? &*at : nullptr;
  }

  /// An assertion that the catalogue lacks (it was renamed since) still has a row, by its id alone.
  std::size_t assertion(const std::string& id, const std::string& case_id) {
    const auto [place, fresh] = assertions_.of(id);
    if (fresh)
      catalogue_.push_back({id, case_id.substr(0, case_id.find('.')), id.substr(0, id.find('.')), "", "", "", 0});
    return place;
  }

  std::size_t add_case(const VariantReport& variant) {
    const auto [place, fresh] = case_places_.of(variant.case_id);
    if (!fresh) return place;
    const Case* known = find_case(variant.case_id);
    ordered_json asserts = ordered_json::array();
    ordered_json one = {{"id", variant.case_id}, {"title", variant.title}, {"file", variant.file}};
    if (known != nullptr) {
      for (const std::string& id : known->asserts) asserts.push_back(assertion(id, variant.case_id));
      if (!known->why.empty()) one["why"] = known->why;
      one["hash"] = known->hash;
    } else {
      for (const AssertionOutcome& outcome : variant.verdict.assertions)
        asserts.push_back(assertion(outcome.id, variant.case_id));
      one["hash"] = variant.case_hash;
    }
    one["asserts"] = std::move(asserts);
    cases_.push_back(std::move(one));
    return place;
  }

  std::size_t add_variant(const VariantReport& variant) {
    const auto [place, fresh] = variant_places_.of(variant.variant_id);
    if (!fresh) return place;
    variants_.push_back({add_case(variant), std::string(parameters_of(variant))});
    add_trace(variant, place);
    return place;
  }

  /// The trace that the case expects, where the case of this program is the one that was run.
  void add_trace(const VariantReport& variant, std::size_t place) {
    const Case* known = find_case(variant.case_id);
    if (known == nullptr || known->hash != variant.case_hash) return;
    for (const Variant& one : known->variants) {
      if (one.id != variant.variant_id) continue;
      try {
        const auto program = compile(*known, one);
        ordered_json shown = ordered_json::object();
        shown["trace"] = trace_lines(*program);
        for (const Check& check : program->checks)
          shown["checks"].push_back(fmt::format("{} of {}{}", check.checker, check.channel_name,
                                                check.per.empty() ? "" : " per " + check.per));
        traces_[std::to_string(place)] = std::move(shown);
      } catch (const CaseError&) {  // a case that needs a newer kipc: the page does without its trace
        return;
      }
    }
  }

  ordered_json run_of(const VariantReport& variant) {
    const Verdict& verdict = variant.verdict;
    const std::size_t place = add_variant(variant);
    ordered_json out = {{"v", place}, {"s", static_cast<int>(verdict.status)}, {"d", variant.duration_ns}};
    if (!verdict.reason.empty()) out["r"] = verdict.reason;
    if (!verdict.got.empty()) out["g"] = verdict.got;
    if (!variant.enable.empty()) out["e"] = variant.enable;
    if (variant.repetition != 0) out["n"] = variant.repetition;
    const ordered_json& owner = cases_[variants_[place][0].get<std::size_t>()];
    if (owner["hash"] != variant.case_hash) out["h"] = variant.case_hash;
    ordered_json outcomes = ordered_json::array();
    bool plain = verdict.assertions.size() == owner["asserts"].size();  // all verified, in the order of the case
    for (std::size_t i = 0; i < verdict.assertions.size(); ++i) {
      const AssertionOutcome& one = verdict.assertions[i];
      const std::size_t which = assertion(one.id, variant.case_id);
      outcomes.push_back({which, static_cast<int>(one.what)});
      if (!one.note.empty()) outcomes.back().push_back(one.note);
      plain = plain && one.what == AssertionOutcome::What::verified && owner["asserts"][i] == which;
    }
    if (!plain) out["o"] = std::move(outcomes);
    for (const Answer& answer : verdict.answers) out["a"].push_back({answer.question, answer.answer});
    return out;
  }

  static ordered_json detail_of(const VariantReport& variant) {
    const Verdict& verdict = variant.verdict;
    ordered_json out = ordered_json::object();
    const auto add = [&](const char* key, const auto& value) {
      if (!value.empty()) out[key] = value;
    };
    if (verdict.line > 0) out["line"] = verdict.line;
    add("pointer", verdict.pointer);
    add("step", verdict.step);
    add("expected", verdict.expected);
    add("trace", verdict.trace);
    add("clauses", verdict.clauses);
    add("standing", verdict.standing);
    add("isolation", variant.isolation);
    for (const Remaining& object : variant.remaining)
      out["remaining"].push_back(
          fmt::format("{} {}", object.kind, object.name.empty() ? std::to_string(object.id) : object.name));
    if (variant.history) out["picture"] = picture_of(*variant.history, flows_of(*variant.history));
    add("history", variant.history_text);
    return out;
  }

  const HtmlSources& sources_;
  Places assertions_;
  Places case_places_;
  Places variant_places_;
  ordered_json catalogue_ = ordered_json::array();
  ordered_json cases_ = ordered_json::array();
  ordered_json variants_ = ordered_json::array();
  ordered_json traces_ = ordered_json::object();
};

}  // namespace

std::string html_costs(const std::vector<MeasureReport>& measurements, const std::vector<Claim>& claims) {
  ordered_json out = ordered_json::array();
  for (const MeasureReport& one : measurements) {
    ordered_json measured = ordered_json::parse(measure_to_json(one));
    for (ordered_json& result : measured["results"]) result.erase("passes");
    ordered_json held = ordered_json::array();
    for (const Claim& claim : claims) {
      const ClaimResult result = hold(claim, one);
      held.push_back({{"says", claim.says},
                      {"verdict", verdict_text(result.verdict)},
                      {"claimed", result.claimed},
                      {"evidence", result.evidence},
                      {"note", claim.note}});
    }
    out.push_back({{"measured", std::move(measured)}, {"claims", std::move(held)}});
  }
  return json_line(out);
}

HtmlData html_data(const std::vector<Report>& reports, const HtmlSources& sources) {
  return Maker(sources).run(reports);
}

}  // namespace kipc
