#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cli/console.hpp"
#include "cli/main.hpp"

namespace kipc::cli {

std::vector<const CLI::App*> verbs_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string name_of(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true, false);
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  std::string text = join(names, ", ");
  const std::string& value = option.get_option_text();
  if (!value.empty() && value[0] != '[') text += " ";
  return text + value;
}

namespace {

constexpr std::size_t kColumn = 25;  // where explanations begin

std::string row(const std::string& name, const std::string& text, const Page& page) {
  std::string first = "  " + padded(name, kColumn - 4) + "  ";
  // A name that is too long has the line for itself.
  if (columns(first) <= kColumn) return page.wrap(text, first, kColumn);
  return "  " + name + "\n" + page.wrap(text, std::string(kColumn, ' '), kColumn);
}

}  // namespace

std::string usage_of(const CLI::App& app) {
  if (app.get_parent() == nullptr) return "kipc VERB [OPTIONS] [ARGUMENTS]";
  std::string text = "kipc " + app.get_name() + " [OPTIONS]";
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    std::string name = option->get_name(true, false);
    if (option->get_expected_max() > 1) name += "...";
    text += option->get_required() ? " " + name : " [" + name + "]";
  }
  return text;
}

namespace {

class Formatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string /*name*/, CLI::AppFormatMode /*mode*/) const override {
    Page page = page_of(1);
    if (page.width == 0) page.width = 100;
    std::string out = page.wrap(app->get_description(), "", 0) + "\n  " + usage_of(*app) + "\n";
    const auto section = [&](const char* heading, bool positional) {
      std::string rows;
      for (const CLI::Option* option : app->get_options())
        if (option->get_positional() == positional) rows += row(name_of(*option), option->get_description(), page);
      if (!rows.empty()) out += "\n" + page.paint(heading, Colour::bold) + "\n" + rows;
    };
    section("Arguments:", true);
    if (app->get_parent() == nullptr) {
      out += "\n" + page.paint("Verbs:", Colour::bold) + "\n";
      for (const CLI::App* verb : verbs_of(*app)) out += row(verb->get_name(), verb->get_description(), page);
    }
    section("Options:", false);
    if (!app->get_footer().empty()) out += "\n" + app->get_footer() + "\n";
    return out;
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<Formatter>(); }

std::string main_footer() {
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

std::string explain(const CLI::App& app, const std::vector<std::string>& words, const std::string& parser_says) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  if (chosen.empty()) {
    if (words.empty() || words[0].starts_with("-")) return parser_says;
    std::vector<std::string_view> names;
    for (const CLI::App* verb : verbs_of(app)) names.push_back(verb->get_name());
    return fmt::format("no verb '{}'{}", words[0], did_you_mean(words[0], names));
  }
  std::vector<std::string> known;
  for (const CLI::Option* option : chosen.front()->get_options())
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (!name.starts_with("--") || name == "--" || std::find(known.begin(), known.end(), name) != known.end()) continue;
    return fmt::format("{} has no option {}{}", chosen.front()->get_name(), name,
                       did_you_mean(name, std::vector<std::string_view>(known.begin(), known.end())));
  }
  return parser_says;
}

}  // namespace kipc::cli
