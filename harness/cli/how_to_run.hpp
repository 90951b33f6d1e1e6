// How variants are run, for the verbs that run them: workers, deadlines, isolation, a saboteur.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "engine/run.hpp"

namespace kipc::cli {

struct HowToRun {
  int jobs = 0;  // 0: one for each processor kipc may use
  double slow = 1.0;
  std::string isolation = "auto";
  std::string saboteur;
};

/// --jobs, --slow, --isolation and --saboteur.
void add_how_to_run(CLI::App& verb, HowToRun& how, const std::string& what_a_saboteur_does);

/// False for a saboteur that does not exist, with a complaint.
bool is_known_saboteur(const std::string& name);
/// The options of a run; nothing, with a complaint, where the isolation cannot be had.
std::optional<RunOptions> options_of(const HowToRun& how);

}  // namespace kipc::cli
