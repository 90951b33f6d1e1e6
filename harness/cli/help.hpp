// The help of kipc and its verbs, laid out for a terminal: what it is, how it is used, what it takes, examples.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

namespace kipc::cli {

/// Lays out the help of the program and of every verb. Options show their option_text() as the name of their value.
std::shared_ptr<CLI::FormatterBase> help_formatter();

/// Every verb, in the order of the help.
std::vector<const CLI::App*> verbs_of(const CLI::App& app);
/// "-j, --jobs N"; "PATTERN" for an argument.
std::string name_of(const CLI::Option& option);
/// "kipc run [OPTIONS] [PATTERN...]".
std::string usage_of(const CLI::App& app);

/// The text below the list of verbs: examples, exit codes, environment.
std::string main_footer();

/// What the user may have meant by a word that is no verb, or by an option that this verb does not have; the parser's
/// own words when that is not what is wrong.
std::string explain(const CLI::App& app, const std::vector<std::string>& words, const std::string& parser_says);

}  // namespace kipc::cli
