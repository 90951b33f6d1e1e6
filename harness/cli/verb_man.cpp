#include "cli/manual.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "platform/fingerprint.hpp"

namespace kipc::cli {

void add_man(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("man", "The manual page of kipc, as roff");
  verb->footer("Example:\n  kipc man | man -l -");
  verb->callback([&action, &app] {
    action = [&app] {
      print(manual_page(app, take_fingerprint().kipc_version));
      return 0;
    };
  });
}

}  // namespace kipc::cli
