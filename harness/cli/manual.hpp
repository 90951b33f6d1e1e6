// The manual page kipc(1), written from the same verbs, options and texts as --help.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace kipc::cli {

/// The page as roff, for man(1) with the macros of groff_man(7). `version` stands in its footer.
std::string manual_page(const CLI::App& app, const std::string& version);

}  // namespace kipc::cli
