#include "cli/manual.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "cli/help.hpp"

namespace kipc::cli {
namespace {

/// Text as roff shows it: no control lines, and hyphens that can be copied into a shell.
std::string escaped(const std::string& text) {
  std::string out = text.starts_with(".") ? "\\&" : "";
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '\'')
      out += "\\(aq";
    else
      out += c;
  }
  return out;
}

std::string bold(const std::string& text) { return "\\fB" + escaped(text) + "\\fP"; }

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

/// A text below the options: lines that end in a colon are headings, indented lines stay as they are. `heading` makes
/// a heading of its words, without the colon.
template <typename Heading>
std::string footer(const std::string& text, const Heading& heading) {
  enum class Kind { none, prose, example } kind = Kind::none;
  std::string out;
  const auto change = [&](Kind next) {
    if (kind == next) return;
    if (kind == Kind::example) out += ".fi\n.RE\n";
    if (next == Kind::example) out += ".RS 4\n.nf\n";
    if (next == Kind::prose) out += ".PP\n";
    kind = next;
  };
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      change(Kind::none);
    } else if (line[0] == ' ') {
      change(Kind::example);
      out += escaped(line.substr(2)) + "\n";
    } else if (line.ends_with(":")) {
      change(Kind::none);
      out += heading(line.substr(0, line.size() - 1));
    } else {
      change(Kind::prose);
      out += escaped(line) + "\n";
    }
  }
  change(Kind::none);
  return out;
}

/// Arguments first, as in the help.
std::string options_of(const CLI::App& app) {
  std::string out;
  for (const bool positional : {true, false})
    for (const CLI::Option* option : app.get_options())
      if (option->get_positional() == positional)
        out += ".TP\n" + bold(name_of(*option)) + "\n" + escaped(option->get_description()) + "\n";
  return out;
}

std::string verb_section(const CLI::App& verb) {
  return ".SS \"" + escaped(usage_of(verb)) + "\"\n" + escaped(verb.get_description()) + ".\n" + options_of(verb) +
         footer(verb.get_footer(), [](const std::string& words) { return ".PP\n" + bold(words) + "\n"; });
}

constexpr const char* kDescription =
    ".PP\n"
    "Each promise is a sentence of POSIX or of a Linux manual page. Cases put them to the test with real processes: "
    "pipes,\n"
    "FIFOs, POSIX and System V message queues, semaphores and shared memory, process\\-shared pthread objects, "
    "futexes,\n"
    "Unix sockets and passed descriptors, TCP and UDP over loopback, signals, eventfd, pidfd and file locks.\n"
    "All cases are in the program. It needs no privilege; with less of it, less is tested, and the report says what "
    "and\n"
    "why.\n";

}  // namespace

std::string manual_page(const CLI::App& app, const std::string& version) {
  const std::string& name = app.get_name();
  std::string summary = app.get_description();
  if (summary.starts_with(name + " ")) summary.erase(0, name.size() + 1);
  if (summary.ends_with(".")) summary.pop_back();
  std::string out = ".\\\" Made by `kipc man`.\n.TH " + upper(name) + " 1 \"\" \"kipc " + escaped(version) +
                    "\" \"User Commands\"\n.SH NAME\n" + name + " \\- " + escaped(summary) + "\n.SH SYNOPSIS\n" +
                    bold(usage_of(app)) + "\n.SH DESCRIPTION\n" + escaped(app.get_description()) + "\n" + kDescription +
                    ".SH OPTIONS\n" + options_of(app) + ".SH VERBS\n";
  for (const CLI::App* verb : verbs_of(app)) out += verb_section(*verb);
  out += footer(app.get_footer(), [](const std::string& words) { return ".SH \"" + upper(escaped(words)) + "\"\n"; });
  return out +
         ".SH \"SEE ALSO\"\n.BR mq_overview (7),\n.BR pipe (7),\n.BR sem_overview (7),\n.BR shm_overview (7),\n"
         ".BR svipc (7),\n.BR unix (7)\n";
}

}  // namespace kipc::cli
