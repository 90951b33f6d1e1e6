#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "language/reference.hpp"

namespace kipc::cli {

void add_calls(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("calls", "Every call a case can make, as a reference page (Markdown)");
  verb->footer("Example:\n  kipc calls > docs/calls.md");
  verb->callback([&action] {
    action = [] {
      print(calls_reference());
      return 0;
    };
  });
}

}  // namespace kipc::cli
