#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "language/schema.hpp"

namespace kipc::cli {

void add_schema(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("schema", "The JSON schema of case files, for editors");
  verb->footer("Example:\n  kipc schema > cases/case.schema.json");
  verb->callback([&action] {
    action = [] {
      print(case_schema());
      return 0;
    };
  });
}

}  // namespace kipc::cli
