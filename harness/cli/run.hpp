// kipc run: chooses variants, has them run in workers, and tells what became of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/forms.hpp"
#include "cli/how_to_run.hpp"
#include "cli/selection.hpp"

namespace kipc::cli {

struct RunArguments : HowToRun {
  std::vector<std::string> words;  // the command line, for the report
  std::vector<std::string> folders;
  Selection selection;
  std::string failed_in;  // a report; "" for none
  std::vector<std::string> statuses;

  int repeat = 1;
  bool shuffle = false;
  std::optional<std::int64_t> seed;   // of the shuffle; chosen when it is not given
  std::vector<std::string> programs;  // NAME=PATH

  FormFiles files;    // the report in other forms
  std::string jsonl;  // "" for none, "-" for the standard output
  bool probes = true;
  bool call_times = false;  // of measured variants: how long their system calls took
  bool keep_history = false;
  bool quiet = false;
  bool verbose = false;
};

/// The exit code of the run, see model/status.hpp.
int run(RunArguments arguments);

/// The files that --program NAME=PATH names, absolute, by name. Fails on what is no such text, on a name that is given
/// twice, and on a file that cannot be executed.
Result<std::map<std::string, std::string, std::less<>>> programs_of(const std::vector<std::string>& given);

/// Every job `times` over, round by round; with a seed, in an order that this seed gives on any platform.
std::vector<Job> arrange(const std::vector<Job>& jobs, int times, std::optional<std::int64_t> seed);

}  // namespace kipc::cli
