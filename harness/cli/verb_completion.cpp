#include <memory>

#include "cli/completion.hpp"
#include "cli/help.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

namespace kipc::cli {
namespace {

std::vector<VerbWords> words_of(const CLI::App& app) {
  std::vector<VerbWords> verbs;
  for (const CLI::App* verb : verbs_of(app)) {
    VerbWords words;
    words.name = verb->get_name();
    words.description = verb->get_description();
    words.takes_cases = words.name == "run" || words.name == "list" || words.name == "show";
    for (const CLI::Option* option : verb->get_options())
      for (const std::string& name : option->get_lnames()) words.options.push_back("--" + name);
    verbs.push_back(std::move(words));
  }
  return verbs;
}

}  // namespace

void add_completion(CLI::App& app, Action& action) {
  auto* verb = app.add_subcommand("completion", "A completion script for a shell");
  const auto shell = std::make_shared<std::string>();
  verb->add_option("SHELL", *shell, "bash, fish or zsh")->required()->check(CLI::IsMember({"bash", "fish", "zsh"}));
  verb->footer(
      "Examples:\n"
      "  source <(kipc completion bash)\n"
      "  kipc completion fish > ~/.config/fish/completions/kipc.fish\n"
      "  kipc completion zsh > \"${fpath[1]}/_kipc\"");
  verb->callback([&action, &app, shell] {
    action = [&app, shell] {
      const std::vector<VerbWords> verbs = words_of(app);
      print(*shell == "bash"   ? bash_completion(verbs)
            : *shell == "fish" ? fish_completion(verbs)
                               : zsh_completion(verbs));
      return 0;
    };
  });
}

}  // namespace kipc::cli
