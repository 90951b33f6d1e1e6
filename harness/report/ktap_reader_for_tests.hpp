// For tests: reads KTAP back from the log of a serial console, into which the kernel has written its own.
#pragma once

#include <map>
#include <regex>
#include <sstream>
#include <string>

#include "model/status.hpp"
#include "report/forms.hpp"

namespace kipc {

struct KtapLog {
  std::map<std::string, std::string> statuses;  // by the name of the run
  std::string totals;                           // "" when that line was lost
  bool interrupted = false;
};

inline KtapLog read_ktap(const std::string& text) {
  static const std::regex kSummed("# kipc: (.*) ~([0-9a-f]{8})");
  static const std::regex kResult(
      "(^|[ \\]>])(not ok|ok) [0-9]+ ([a-z0-9.-]+\\.[a-z0-9.-]+(\\[[^#]*\\])?"
      "(#[0-9]+)?( \\(repetition [0-9]+\\))?)( # ([A-Z]+) .*)?$");
  KtapLog log;
  std::map<std::string, std::string> body;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    while (!line.empty() && line.back() == '\r') line.pop_back();
    std::string plain;
    for (std::size_t i = 0; i < line.size(); ++i)
      if (line[i] != '\\' || i + 1 == line.size() || line[i + 1] != '#') plain += line[i];
    std::smatch found;
    if (std::regex_search(line, found, kSummed)) {
      const std::string said = found[1];
      if (ktap_sum(said) != found[2]) continue;
      const std::size_t space = said.find(' ');
      const std::string word = said.substr(0, space);
      std::string rest = said.substr(space + 1);
      for (std::size_t at = rest.find("\\#"); at != std::string::npos; at = rest.find("\\#")) rest.erase(at, 1);
      if (word == "totals") {
        log.totals = rest;
      } else if (status_of(word)) {
        log.statuses[rest] = word;
      } else {
        log.interrupted = true;
      }
    } else if (std::regex_search(plain, found, kResult)) {
      const std::string directive = found[8];
      body[found[3]] = !directive.empty() ? directive : found[2] == "ok" ? "PASS" : "FAIL";
    }
  }
  for (const auto& [name, status] : body) log.statuses.emplace(name, status);
  return log;
}

}  // namespace kipc
