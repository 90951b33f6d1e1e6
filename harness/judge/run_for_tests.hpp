// For tests: runs a script for real and judges it.
#pragma once

#include <string>

#include "engine/run.hpp"
#include "judge/verdict.hpp"
#include "language/script.hpp"

namespace kipc {

struct Ran {
  Verdict verdict;
  History history;
};

inline Ran run_with(const std::string& script, const RunOptions& options, const std::string& rest = "") {
  const std::string text = R"({"id": "self.test.case", "title": "A test of kipc itself",
    "asserts": ["pipe-read.eof-when-no-writer"], )" +
                           rest + R"("script": [)" + script + "]}";
  const Case source = load_case(text, "self.json");
  const auto program = compile(source, source.variants.at(0));
  History history = run_variant(*program, source, source.variants.at(0), options);
  return {judge(*program, history, embedded_catalogue()), std::move(history)};
}

inline Ran run(const std::string& script, Isolation isolation = Isolation::automatic, double slow = 1.0,
               const std::string& saboteur = "", const std::string& rest = "",
               const decltype(RunOptions::programs)& programs = {}) {
  RunOptions options;
  options.isolation = isolation;
  options.slow = slow;
  options.saboteur = saboteur;
  options.programs = programs;
  return run_with(script, options, rest);
}

}  // namespace kipc
