#include <algorithm>
#include <memory>
#include <set>

#include "base/file.hpp"
#include "cli/console.hpp"
#include "cli/main.hpp"
#include "cli/measure_options.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "report/claims.hpp"
#include "report/measure_json.hpp"
#include "report/measure_text.hpp"

namespace kipc::cli {
namespace {

constexpr const char* kClaimsText =
    "Holds what textbooks and articles say about IPC against a measurement of this platform. Without --from it "
    "measures\n"
    "what the claims are about, which takes about fifteen seconds.\n"
    "\n"
    "Claims are JSON, as in cases/claims/textbooks.json: files that are named are judged instead of those in kipc.\n"
    "A claim that does not hold is no error: the exit code is 0.\n"
    "\n"
    "Examples:\n"
    "  kipc claims\n"
    "  kipc claims --from m.json\n"
    "  kipc claims my-claims.json";

struct ClaimsArguments {
  std::vector<std::string> files;
  std::string from;
  double seconds = 15;
};

/// Of the claims' results nothing but what they are about. Sizes and mechanisms are measured together, so a little more
/// is measured than asked for.
MeasureWish wish_for(const std::vector<Claim>& claims, double seconds) {
  std::set<std::string> mechanisms;
  std::set<std::string> placements;
  std::set<std::int64_t> sizes;
  for (const Claim& claim : claims) {
    if (claim.about == Claim::About::constant) continue;
    placements.insert(claim.placements.begin(), claim.placements.end());
    for (const Quantity* quantity : {&claim.quantity, &claim.to}) {
      if (quantity->mechanism.empty()) continue;
      mechanisms.insert(quantity->mechanism);
      if (quantity->size > 0) sizes.insert(quantity->size);
    }
  }
  if (mechanisms.empty()) {  // constants alone: the least that makes a measurement of the platform
    mechanisms.insert("pipe");
    placements.insert("one-core");
    sizes.insert(1);
  }
  MeasureWish wish;
  wish.mechanisms.assign(mechanisms.begin(), mechanisms.end());
  wish.placements.assign(placements.begin(), placements.end());
  wish.sizes.assign(sizes.begin(), sizes.end());
  wish.seconds = seconds;
  return wish;
}

Result<std::vector<Claim>> load_claims(const std::vector<std::string>& files) {
  if (files.empty()) return embedded_claims();
  std::vector<Claim> claims;
  for (const std::string& path : files) {
    const auto text = read_file(path);
    if (!text) return fail(path + ": cannot be read: " + text.error().text());
    try {
      for (Claim& claim : read_claims(*text, path)) claims.push_back(std::move(claim));
    } catch (const CaseError& error) {
      return fail(error.problem.text());
    }
  }
  return claims;
}

std::string claims_text(const std::vector<Claim>& claims, const MeasureReport& report, const Page& page) {
  constexpr std::size_t kWidth = 20;
  std::string out;
  std::size_t held = 0;
  std::size_t failed = 0;
  for (const Claim& claim : claims) {
    const ClaimResult result = hold(claim, report);
    if (result.verdict == ClaimResult::Verdict::holds) ++held;
    if (result.verdict == ClaimResult::Verdict::fails) ++failed;
    const Colour colour = result.verdict == ClaimResult::Verdict::holds   ? Colour::green
                          : result.verdict == ClaimResult::Verdict::fails ? Colour::yellow
                                                                          : Colour::dim;
    const std::string_view verdict = verdict_text(result.verdict);
    out += page.wrap(claim.says, page.paint(verdict, colour) + std::string(kWidth - columns(verdict), ' '), kWidth);
    const std::string indent(kWidth, ' ');
    out += page.wrap("claimed: " + result.claimed, indent, kWidth + 2);
    for (const std::string& line : result.evidence) out += page.wrap(line, indent, kWidth + 2);
    if (!claim.note.empty()) out += page.wrap(claim.note, indent, kWidth + 2);
  }
  out += "\n" + count_of(claims.size(), "claim") + ": " + std::to_string(held) + " hold, " + std::to_string(failed) +
         " do not, " + std::to_string(claims.size() - held - failed) +
         " cannot be measured here. In brackets: the 95 % interval.\n";
  return out + conditions_text(report, page);
}

int claims(const ClaimsArguments& arguments) {
  const auto list = load_claims(arguments.files);
  if (!list) return complain(list.error().text), kExitUsage;
  const Result<MeasureReport> report = arguments.from.empty()
                                           ? make_measurement(wish_for(*list, arguments.seconds), MeasureOptions())
                                           : read_measure_report(arguments.from);
  if (!report) return complain(report.error().text), kExitUsage;
  print(claims_text(*list, *report, page_of(1)));
  return report->complete ? 0 : kExitBroken;
}

}  // namespace

void add_claims(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("claims", "What textbooks say about IPC, and what holds here");
  const auto arguments = std::make_shared<ClaimsArguments>();
  ClaimsArguments& a = *arguments;
  verb->add_option("CLAIMS", a.files, "Files of claims; by default those in kipc");
  auto* from = verb->add_option("--from", a.from, "A stored measurement (kipc measure --json)")->option_text("FILE");
  verb->add_option("--seconds", a.seconds, "How long measuring may take, about; 15 by default")
      ->option_text("S")
      ->check(CLI::Range(0.1, 86400.0))
      ->excludes(from);
  verb->footer(kClaimsText);
  verb->callback([&action, arguments] { action = [arguments] { return claims(*arguments); }; });
}

}  // namespace kipc::cli
