#include "report/claims.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "model/embedded.hpp"
#include "report/fields.hpp"
#include "report/measure_text.hpp"

namespace kipc {
namespace {

Quantity read_quantity(const Node& node, const std::string& file, std::string_view usual_kind) {
  Fields fields(node, file);
  Quantity quantity;
  quantity.mechanism = fields.text("mechanism");
  quantity.kind = fields.find("kind") == nullptr ? std::string(usual_kind) : fields.text("kind");
  if (quantity.kind != kRoundTrip && quantity.kind != kOneWay)
    fields.wrong(*fields.find("kind"), "\"round trip\" or \"one way\"");
  quantity.size = fields.integer_or("size", 0);
  fields.finish();
  return quantity;
}

void read_about(Fields& fields, const Node& node, Claim& claim) {
  int kinds = 0;
  const std::string& file = fields.file();
  if (const Node* time = fields.find("time")) {
    claim.about = Claim::About::time;
    claim.quantity = read_quantity(*time, file, kRoundTrip);
    ++kinds;
  }
  if (const Node* rate = fields.find("rate")) {
    claim.about = Claim::About::rate;
    claim.quantity = read_quantity(*rate, file, kOneWay);
    ++kinds;
  }
  if (const Node* ratio = fields.find("ratio")) {
    claim.about = Claim::About::ratio;
    Fields parts(*ratio, file);
    claim.quantity = read_quantity(parts.need("of", Node::Kind::object, "what is divided"), file, kRoundTrip);
    claim.to = read_quantity(parts.need("to", Node::Kind::object, "what it is divided by"), file, claim.quantity.kind);
    parts.finish();
    ++kinds;
  }
  if (const Node* cost = fields.find("cost")) {
    claim.about = Claim::About::cost;
    claim.quantity = read_quantity(*cost, file, kRoundTrip);
    claim.what = fields.text("what");
    if (claim.what != "system calls" && claim.what != "copies")
      fields.wrong(*fields.find("what"), "\"system calls\" or \"copies\"");
    ++kinds;
  }
  if (const Node* constant = fields.find("constant")) {
    claim.about = Claim::About::constant;
    claim.what = constant->text;
    if (claim.what != "PIPE_BUF" && claim.what != "pipe capacity")
      fields.wrong(*constant, "\"PIPE_BUF\" or \"pipe capacity\"");
    ++kinds;
  }
  if (kinds != 1) fields.wrong(node, "a claim with one of time, rate, ratio, cost, constant");
}

void read_bounds(Fields& fields, const Node& node, Claim& claim) {
  int kinds = 0;
  const auto take = [&](const char* key, std::optional<std::int64_t>& value) {
    if (fields.find(key) == nullptr) return;
    value = fields.integer(key);
    ++kinds;
  };
  take("about", claim.near_value);
  take("equals", claim.equals);
  take("at_least", claim.at_least);
  take("at_most", claim.at_most);
  if (kinds != 1) fields.wrong(node, "a claim with one of about, equals, at_least, at_most");
  claim.within_percent = fields.integer_or("within_percent", claim.within_percent);
  if (claim.within_percent < 100) fields.wrong(*fields.find("within_percent"), "100 or more: 200 is half to double");
}

Claim read_claim(const Node& node, const std::string& file) {
  Fields fields(node, file);
  Claim claim;
  claim.id = fields.text("id");
  claim.says = fields.text("says");
  claim.note = fields.optional_text("note");
  read_about(fields, node, claim);
  claim.half = fields.find("half") != nullptr && fields.flag("half");
  claim.placements = fields.texts("placements");
  for (const std::string& placement : claim.placements)
    if (std::find(std::begin(kPlacements), std::end(kPlacements), placement) == std::end(kPlacements))
      fields.wrong(*fields.find("placements"), "one-core, two-cores or unpinned");
  if (claim.placements.empty() != (claim.about == Claim::About::constant))
    fields.wrong(node, claim.placements.empty() ? "\"placements\": where it has to hold" : "no \"placements\"");
  read_bounds(fields, node, claim);
  fields.finish();
  return claim;
}

/// A number of the claim in the unit of what it is about.
std::string number_text(const Claim& claim, double value) {
  switch (claim.about) {
    case Claim::About::time: return time_text(value);
    case Claim::About::rate: return rate_text(value * 1e6);
    case Claim::About::ratio: return fmt::format("{:.2f} ×", value / 100);
    case Claim::About::cost: return fmt::format("{:.2f} {}", value, claim.what);
    case Claim::About::constant: return fmt::format("{:.0f}", value);
  }
  return "";
}

double low_of(const Claim& claim) {
  return static_cast<double>(*claim.near_value) * 100 / static_cast<double>(claim.within_percent);
}
double high_of(const Claim& claim) {
  return static_cast<double>(*claim.near_value) * static_cast<double>(claim.within_percent) / 100;
}

bool as_claimed(const Claim& claim, double value) {
  if (claim.near_value) return value >= low_of(claim) && value <= high_of(claim);
  if (claim.equals) return value == static_cast<double>(*claim.equals);
  if (claim.at_least) return value >= static_cast<double>(*claim.at_least);
  return value <= static_cast<double>(*claim.at_most);
}

std::string bounds_text(const Claim& claim) {
  if (claim.near_value)
    return fmt::format("about {}, so {} to {}", number_text(claim, static_cast<double>(*claim.near_value)),
                       number_text(claim, low_of(claim)), number_text(claim, high_of(claim)));
  if (claim.equals) return "exactly " + number_text(claim, static_cast<double>(*claim.equals));
  if (claim.at_least) return "at least " + number_text(claim, static_cast<double>(*claim.at_least));
  return "at most " + number_text(claim, static_cast<double>(*claim.at_most));
}

std::string claimed_text(const Claim& claim) { return bounds_text(claim) + (claim.half ? " (half a round trip)" : ""); }

/// A value, or why there is none.
struct Shown {
  std::optional<double> value;
  std::string text;
};

const Measured* result_for(const MeasureReport& report, const Quantity& quantity, const std::string& placement,
                           std::string& why) {
  const auto found = std::find_if(report.results.begin(), report.results.end(), [&](const Measured& one) {
    return one.mechanism == quantity.mechanism && one.kind == quantity.kind && one.placement == placement &&
           one.size == quantity.size;
  });
  if (found == report.results.end())
    why = fmt::format("{} {} of {} was not measured", quantity.mechanism, quantity.kind, size_text(quantity.size));
  else if (!found->there())
    why = fmt::format("{}: {}", quantity.mechanism, found->not_measured);
  else
    return &*found;
  return nullptr;
}

/// Time or rate of one result; low and high are its 95 % interval.
MedianInterval interval_of(const Claim& claim, const Measured& result) {
  MedianInterval interval = result.typical_ns();
  if (claim.half) {
    interval.median /= 2;
    interval.low /= 2;
    interval.high /= 2;
  }
  if (result.kind == kRoundTrip) return interval;
  const auto rate = [&](double ns) { return ns > 0 ? static_cast<double>(result.size) * 1e3 / ns : 0; };  // MB/s
  return MedianInterval{rate(interval.median), rate(interval.high), rate(interval.low), interval.confidence};
}

Shown show(const Claim& claim, const MeasureReport& report, const std::string& placement) {
  std::string why;
  const Measured* of = result_for(report, claim.quantity, placement, why);
  if (of == nullptr) return {std::nullopt, why};
  if (claim.about == Claim::About::cost) {
    const ExchangeCosts& costs = of->costs;
    const bool copies = claim.what == "copies";
    const std::optional<double>& value = copies ? costs.copies : costs.system_calls;
    const std::string& missing = report.conditions.not_counted;
    if (!value || (copies && costs.inferred))
      return {std::nullopt, fmt::format("nothing here counts {}{}", claim.what, missing.empty() ? "" : ": " + missing)};
    return {*value, fmt::format("{} per {} ({})", number_text(claim, *value), of->kind, costs.source)};
  }
  const MedianInterval a = interval_of(claim, *of);
  if (claim.about != Claim::About::ratio)
    return {a.median, fmt::format("{} ({} to {})", number_text(claim, a.median), number_text(claim, a.low),
                                  number_text(claim, a.high))};
  const Measured* to = result_for(report, claim.to, placement, why);
  if (to == nullptr) return {std::nullopt, why};
  const MedianInterval b = interval_of(claim, *to);
  if (a.median <= 0 || b.low <= 0) return {std::nullopt, "too short to be told from nothing"};
  const double ratio = a.median / b.median * 100;
  const auto value = [&](const MedianInterval& one) {
    return of->kind == kOneWay ? rate_text(one.median * 1e6) : time_text(one.median);
  };
  return {ratio, fmt::format("{} ({} to {}): {} {} to {} {}", number_text(claim, ratio),
                             number_text(claim, a.low / b.high * 100), number_text(claim, a.high / b.low * 100),
                             claim.quantity.mechanism, value(a), claim.to.mechanism, value(b))};
}

}  // namespace

std::vector<Claim> read_claims(std::string_view text, const std::string& file) {
  const Node root = parse_node(text, file);
  Fields fields(root, file);
  std::vector<Claim> claims;
  for (const Node& node : fields.objects("claims")) {
    claims.push_back(read_claim(node, file));
    const auto same = [&](const Claim& other) { return other.id == claims.back().id; };
    if (std::count_if(claims.begin(), claims.end(), same) > 1) fields.wrong(*node.find("id"), "each id once");
  }
  if (claims.empty()) fields.wrong(root, "a list of \"claims\"");
  fields.finish();
  return claims;
}

const std::vector<Claim>& embedded_claims() {
  static const std::vector<Claim> claims = [] {
    std::vector<Claim> all;
    for (const EmbeddedFile& file : embedded_files())
      if (file.path.starts_with("claims/"))
        for (Claim& claim : read_claims(file.content, "cases/" + std::string(file.path)))
          all.push_back(std::move(claim));
    return all;
  }();
  return claims;
}

ClaimResult hold(const Claim& claim, const MeasureReport& report) {
  ClaimResult result;
  result.claimed = claimed_text(claim);
  if (claim.about == Claim::About::constant) {
    const std::int64_t value = claim.what == "PIPE_BUF" ? report.platform.pipe_buf : report.conditions.pipe_capacity;
    if (value <= 0) {
      result.evidence.push_back(claim.what + " could not be found out");
      return result;
    }
    result.evidence.push_back(fmt::format("{} is {} bytes", claim.what, value));
    result.verdict =
        as_claimed(claim, static_cast<double>(value)) ? ClaimResult::Verdict::holds : ClaimResult::Verdict::fails;
    return result;
  }
  bool all = true;
  bool any = false;
  for (const std::string& placement : claim.placements) {
    const Shown shown = show(claim, report, placement);
    result.evidence.push_back(placement_text(report, placement) + ": " + shown.text);
    if (!shown.value) continue;
    any = true;
    all = all && as_claimed(claim, *shown.value);
  }
  if (any) result.verdict = all ? ClaimResult::Verdict::holds : ClaimResult::Verdict::fails;
  return result;
}

std::string_view verdict_text(ClaimResult::Verdict verdict) {
  switch (verdict) {
    case ClaimResult::Verdict::holds: return "holds";
    case ClaimResult::Verdict::fails: return "does not hold";
    case ClaimResult::Verdict::not_measurable: break;
  }
  return "not measurable here";
}

}  // namespace kipc
