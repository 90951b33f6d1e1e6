#include "cli/main.hpp"

#include <fmt/format.h>

#include <array>
#include <exception>
#include <memory>
#include <string_view>

#include "base/text.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "engine/actor_main.hpp"
#include "model/status.hpp"

namespace kipc::cli {
namespace {

constexpr int kExitBroken = 3;

/// Colons and columns as the rest of kipc has them; descriptions on the line of what they describe.
class Formatter : public CLI::Formatter {
 public:
  Formatter() {
    column_width(26);
    label("OPTIONS", "[OPTIONS]");
    label("SUBCOMMAND", "VERB");
    label("SUBCOMMANDS", "VERB");
  }
  std::string make_usage(const CLI::App* app, std::string /*name*/) const override {
    if (app->get_parent() == nullptr) return "\nUsage: kipc VERB [OPTIONS] [ARGUMENTS]\n";
    return "\n" + CLI::Formatter::make_usage(app, "kipc " + app->get_name());
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    if (option->get_type_size() == 0 || type.empty()) return "";
    return " " + type + (option->get_expected_max() >= CLI::detail::expected_max_vector_size ? "..." : "");
  }
  std::string make_footer(const CLI::App* app) const override {
    const std::string footer = app->get_footer();
    return footer.empty() ? "" : "\n" + footer;
  }
};

std::vector<std::string_view> verb_names(const CLI::App& app) {
  std::vector<std::string_view> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  return names;
}

std::string footer() {
  return "Examples:\n"
         "  kipc run                        all cases, a summary on the terminal\n"
         "  kipc run pipe mq --json r.json  two mechanisms, and a report to keep\n"
         "  kipc run --failed-in r.json     what went wrong there, again\n"
         "  kipc list mq                    which cases there are\n"
         "  kipc show pipe.eof              a case as the strace log of it going right\n"
         "  kipc doctor                     what works here, and what would enable the rest\n"
         "  kipc VERB --help                more on a verb\n"
         "\n" +
         exit_code_help() +
         "\n"
         "Environment:\n"
         "  NO_COLOR    any value: no colours (there are none anyway where the output is no terminal)\n"
         "  TMPDIR      where sandboxes put their files; /tmp by default";
}

}  // namespace

std::string exit_code_help() {
  constexpr std::array<std::string_view, 4> kMeanings = {
      "nothing unexpected", "a promise was broken, or a known deviation is gone",
      "the command line or a case file is wrong; nothing was run",
      "something could not be run, or a run was interrupted, or a report could not be written"};
  std::string out = "Exit codes, and the statuses that lead to them:\n";
  for (std::size_t code = 0; code < kMeanings.size(); ++code) {
    out += fmt::format("  {}  {}\n", code, kMeanings[code]);
    for (const StatusRow& row : kStatuses)
      if (row.exit_code == static_cast<int>(code)) out += fmt::format("       {:<5}  {}\n", row.name, row.meaning);
  }
  return out;
}

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--kipc-actor") return actor_main(argc, argv);

  CLI::App app("kipc tells whether this platform keeps its promises on inter-process communication.", "kipc");
  app.formatter(std::make_shared<Formatter>());
  app.footer(footer());
  app.set_help_flag("-h,--help", "This text");
  Action action;
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  add_run(app, action, words);
  add_list(app, action);
  add_show(app, action);
  add_check(app, action);
  add_coverage(app, action);
  add_doctor(app, action);
  add_schema(app, action);
  add_calls(app, action);
  add_completion(app, action);
  add_version(app, action);

  try {
    app.parse(argc, argv);
    if (!action) {
      print(app.help());
      return words.empty() ? kExitUsage : 0;
    }
    return action();
  } catch (const CLI::CallForHelp&) {
    const std::vector<CLI::App*> verbs = app.get_subcommands();
    print((verbs.empty() ? &app : verbs.front())->help());
    return 0;
  } catch (const CLI::ParseError& error) {
    std::string text = error.what();
    const std::vector<CLI::App*> verbs = app.get_subcommands();
    if (verbs.empty() && !words.empty() && !words[0].starts_with("-"))
      text = fmt::format("no verb '{}'{}", words[0], did_you_mean(words[0], verb_names(app)));
    complain(text);
    complain(fmt::format("see kipc {}--help", verbs.empty() ? "" : verbs.front()->get_name() + " "));
    return kExitUsage;
  } catch (const std::exception& error) {
    complain(error.what());
    return kExitBroken;
  }
}

}  // namespace kipc::cli
