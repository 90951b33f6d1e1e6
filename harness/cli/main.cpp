#include "cli/main.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <string_view>

#include "cli/help.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "engine/actor_main.hpp"
#include "model/node.hpp"
#include "model/status.hpp"

namespace kipc::cli {

std::string exit_code_help() {
  constexpr std::array<std::string_view, 4> kMeanings = {
      "nothing unexpected", "a promise was broken, or a known deviation is gone",
      "the command line or a case file is wrong; nothing was run",
      "something could not be run, a run was interrupted, or a report could not be written"};
  std::string out = "Exit codes, and the statuses that lead to them:\n";
  for (std::size_t code = 0; code < kMeanings.size(); ++code) {
    out += fmt::format("  {}  {}\n", code, kMeanings[code]);
    for (const StatusRow& row : kStatuses)
      if (row.exit_code == static_cast<int>(code)) out += fmt::format("       {:<5}  {}\n", row.name, row.meaning);
  }
  return out;
}

namespace {

/// The verb has a space behind it, or is "".
int misused(const std::string& why, const std::string& verb) {
  complain(why);
  complain(fmt::format("see kipc {}--help", verb));
  return kExitUsage;
}

/// Reads the command line and does what it says. Throws what the verb throws.
int dispatch(int argc, char** argv, const char* commit) {
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  CLI::App app("kipc tells whether this platform keeps its promises on inter-process communication.", "kipc");
  app.formatter(help_formatter());  // the verbs inherit it
  app.footer(main_footer());
  app.set_help_flag("-h,--help", "This text");
  app.require_subcommand(0, 1);  // one verb: "measure" in "kipc run measure" is a folder of cases
  Action action;
  add_run(app, action, words);
  add_report(app, action);
  add_diff(app, action);
  add_history(app, action);
  add_judge(app, action);
  add_list(app, action);
  add_show(app, action);
  add_check(app, action);
  add_coverage(app, action);
  add_doctor(app, action);
  add_explore(app, action);
  add_measure(app, action);
  add_claims(app, action);
  add_advise(app, action);
  add_schema(app, action);
  add_bench(app, action);
  add_calls(app, action);
  add_completion(app, action);
  add_man(app, action);
  add_version(app, action, commit);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    // The parser sees to --help before it looks at words it does not know: "kipc rnu --help" is as wrong as "kipc rnu".
    if (const std::string wrong = explain(app, words, ""); chosen.empty() && !wrong.empty()) return misused(wrong, "");
    print((chosen.empty() ? &app : chosen.front())->help());
    return 0;
  } catch (const CLI::ParseError& error) {
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    return misused(explain(app, words, error.what()), chosen.empty() ? "" : chosen.front()->get_name() + " ");
  }
  if (action) return action();
  print(app.help());
  return kExitUsage;
}

}  // namespace

int main(int argc, char** argv, const char* commit) {
  try {
    if (argc > 1 && std::string_view(argv[1]) == "--kipc-actor") return actor_main(argc, argv);
    try {
      return dispatch(argc, argv, commit);
    } catch (const CaseError& error) {  // every reader of a case catches it; this is for the one that does not
      complain(error.problem.text());
      return kExitUsage;
    } catch (const std::exception& error) {
      complain(error.what());
      return kExitBroken;
    }
  } catch (...) {
    (void)std::fputs("kipc: it broke for an unknown reason\n", stderr);
  }
  return kExitBroken;
}

}  // namespace kipc::cli
