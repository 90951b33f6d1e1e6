// Completion scripts for shells, made from the verbs and options as the command line declares them.
#pragma once

#include <string>
#include <vector>

namespace kipc::cli {

struct VerbWords {
  std::string name;
  std::string description;
  std::vector<std::string> options;  // "--json"
  bool takes_cases = false;          // its arguments are ids of cases
};

std::string bash_completion(const std::vector<VerbWords>& verbs);
std::string fish_completion(const std::vector<VerbWords>& verbs);
std::string zsh_completion(const std::vector<VerbWords>& verbs);

}  // namespace kipc::cli
