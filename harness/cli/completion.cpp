#include "cli/completion.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace kipc::cli {
namespace {

/// Options whose value is one of a few words, or a file or folder.
constexpr const char* kBashValues =
    "  case $previous in\n"
    "    --isolation) COMPREPLY=($(compgen -W 'auto namespaces user none' -- \"$word\")); return ;;\n"
    "    --status) COMPREPLY=($(compgen -W 'FAIL ERROR MISS XPASS PASS XFAIL DONE SKIP' -- \"$word\")); return ;;\n"
    "    --cases) COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n"
    "    --csv|--failed-in|--import|--json|--jsonl|--junit|--kcidb|--ktap|--markdown)\n"
    "      COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
    "  esac\n";

std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "'" + out + "'";
}

std::string quoted_for_fish(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return "'" + out + "'";
}

/// How fish completes the value of an option.
std::string values_for_fish(const std::string& option) {
  if (option == "--isolation") return " -x -a 'auto namespaces user none'";
  if (option == "--status") return " -x -a 'FAIL ERROR MISS XPASS PASS XFAIL DONE SKIP'";
  if (option == "--cases") return " -x -a '(__fish_complete_directories)'";
  return "";
}

std::string quoted_for_zsh(std::string text) {
  for (std::size_t at = text.find(':'); at != std::string::npos; at = text.find(':', at + 2)) text.insert(at, "\\");
  return text;
}

}  // namespace

std::string bash_completion(const std::vector<VerbWords>& verbs) {
  std::vector<std::string> names;
  for (const VerbWords& verb : verbs) names.push_back(verb.name);
  std::string out =
      "# Completion of kipc for bash: source it, or put it into /etc/bash_completion.d/.\n"
      "_kipc() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} options= cases=\n"
      "  COMPREPLY=()\n"
      "  if [[ $COMP_CWORD -eq 1 ]]; then\n";
  out += fmt::format("    COMPREPLY=($(compgen -W '{} --help --version' -- \"$word\"))\n", join(names, " "));
  out +=
      "    return\n"
      "  fi\n";
  out += kBashValues;
  out += "  case ${COMP_WORDS[1]} in\n";
  for (const VerbWords& verb : verbs)
    out += fmt::format("    {}) options='{}'{} ;;\n", verb.name, join(verb.options, " "),
                       verb.takes_cases ? " cases=1" : "");
  out +=
      "  esac\n"
      "  if [[ $word == -* ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
      "  elif [[ -n $cases ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$(\"${COMP_WORDS[0]}\" list 2>/dev/null | cut -d ' ' -f 1)\" -- \"$word\"))\n"
      "  else\n"
      "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
      "  fi\n"
      "}\n"
      "complete -F _kipc kipc\n";
  return out;
}

std::string fish_completion(const std::vector<VerbWords>& verbs) {
  std::string out =
      "# Completion of kipc for fish: put it as kipc.fish into ~/.config/fish/completions/.\n"
      "function __kipc_verb\n"
      "  set -l words (commandline -opc)\n"
      "  test (count $words) -gt 1; and contains -- $words[2] $argv\n"
      "end\n"
      "complete -c kipc -n 'test (count (commandline -opc)) -eq 1' -f -l help\n"
      "complete -c kipc -n 'test (count (commandline -opc)) -eq 1' -f -l version\n";
  for (const VerbWords& verb : verbs) {
    out += fmt::format("complete -c kipc -n 'test (count (commandline -opc)) -eq 1' -f -a {} -d {}\n", verb.name,
                       quoted_for_fish(verb.description));
    for (const std::string& option : verb.options)
      out += fmt::format("complete -c kipc -n '__kipc_verb {}' -l {}{}\n", verb.name, option.substr(2),
                         values_for_fish(option));
    if (verb.takes_cases)
      out += fmt::format("complete -c kipc -n '__kipc_verb {}' -f -a '(kipc list 2>/dev/null | cut -d \" \" -f 1)'\n",
                         verb.name);
  }
  return out;
}

std::string zsh_completion(const std::vector<VerbWords>& verbs) {
  std::string out =
      "#compdef kipc\n"
      "# Completion of kipc for zsh: put it as _kipc into a folder of $fpath.\n"
      "_kipc() {\n"
      "  local -a verbs options\n"
      "  local cases=\n"
      "  verbs=(\n";
  for (const VerbWords& verb : verbs)
    out += "    " + quoted(quoted_for_zsh(verb.name) + ":" + quoted_for_zsh(verb.description)) + "\n";
  out +=
      "  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe verb verbs\n"
      "    return\n"
      "  fi\n"
      "  case $words[CURRENT-1] in\n"
      "    --isolation) compadd auto namespaces user none; return ;;\n"
      "    --status) compadd FAIL ERROR MISS XPASS PASS XFAIL DONE SKIP; return ;;\n"
      "    --cases) _files -/; return ;;\n"
      "    --json|--jsonl|--failed-in) _files; return ;;\n"
      "  esac\n"
      "  case $words[2] in\n";
  for (const VerbWords& verb : verbs)
    out += fmt::format("    {}) options=({}){} ;;\n", verb.name, join(verb.options, " "),
                       verb.takes_cases ? "; cases=1" : "");
  out +=
      "  esac\n"
      "  if [[ $words[CURRENT] == -* ]]; then\n"
      "    compadd -- $options\n"
      "  elif [[ -n $cases ]]; then\n"
      "    compadd -- ${${(f)\"$($words[1] list 2>/dev/null)\"}%% *}\n"
      "  else\n"
      "    _files\n"
      "  fi\n"
      "}\n"
      "_kipc \"$@\"\n";
  return out;
}

}  // namespace kipc::cli
