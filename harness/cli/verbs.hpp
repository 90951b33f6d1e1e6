// The verbs of the command line, one file each: what they take, what they do, and how their help teaches them.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/selection.hpp"

namespace kipc::cli {

/// What is to be done when the command line has been read; the result is the exit code.
using Action = std::function<int()>;

// Each adds its verb and sets `action` when that verb is the one.
void add_advise(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);
void add_calls(CLI::App& app, Action& action);
void add_check(CLI::App& app, Action& action);
void add_claims(CLI::App& app, Action& action);
void add_completion(CLI::App& app, Action& action);
void add_coverage(CLI::App& app, Action& action);
void add_diff(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_explore(CLI::App& app, Action& action);
void add_history(CLI::App& app, Action& action);
void add_judge(CLI::App& app, Action& action);
void add_list(CLI::App& app, Action& action);
void add_man(CLI::App& app, Action& action);
void add_measure(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action, const std::vector<std::string>& words);
void add_schema(CLI::App& app, Action& action);
void add_show(CLI::App& app, Action& action);
/// `commit` is that kipc was built from.
void add_version(CLI::App& app, Action& action, const std::string& commit);

/// PATTERN..., --area, --interface, --assertion and --cases, for verbs that choose cases.
void add_selection(CLI::App& verb, Selection& selection, std::vector<std::string>& folders);
/// --cases alone.
void add_folders(CLI::App& verb, std::vector<std::string>& folders);

}  // namespace kipc::cli
