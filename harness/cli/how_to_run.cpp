#include "cli/how_to_run.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/console.hpp"
#include "cli/output.hpp"
#include "cli/work.hpp"
#include "engine/space.hpp"
#include "fault/saboteur.hpp"
#include "platform/cpus.hpp"

namespace kipc::cli {

void add_how_to_run(CLI::App& verb, HowToRun& how, const std::string& what_a_saboteur_does) {
  verb.add_option("-j,--jobs", how.jobs, "Workers side by side; by default one for each processor")
      ->option_text("N")
      ->check(CLI::Range(1, 1024));
  verb.add_option("--slow", how.slow, "Multiply every deadline by X, on slow machines")
      ->option_text("X")
      ->check(CLI::Range(0.01, 1000.0));
  verb.add_option("--isolation", how.isolation, "auto, namespaces, user or none")
      ->option_text("HOW")
      ->check(CLI::IsMember({"auto", "namespaces", "user", "none"}));
  verb.add_option("--saboteur", how.saboteur, "Break a guarantee on purpose: " + what_a_saboteur_does)
      ->option_text("NAME");
}

bool is_known_saboteur(const std::string& name) {
  if (name.empty() || find_saboteur(name) != nullptr) return true;
  std::vector<std::string_view> names;
  for (const Saboteur& saboteur : saboteurs()) names.push_back(saboteur.name);
  complain(fmt::format("--saboteur {}: unknown{}", name, did_you_mean(name, names)));
  return false;
}

std::optional<RunOptions> options_of(const HowToRun& how) {
  RunOptions options;
  options.jobs = how.jobs > 0 ? how.jobs : cpus_usable();
  options.slow = how.slow;
  options.isolation = *isolation_of(how.isolation);
  options.saboteur = how.saboteur;
  if (const auto space = run_space(options); !space) {
    complain(fmt::format("--isolation {}: {}", how.isolation, space.error().text));
    return std::nullopt;
  }
  return options;
}

}  // namespace kipc::cli
