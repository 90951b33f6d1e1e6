// Between the files of the compiler: reads steps and outcomes of one variant into a Program.
#pragma once

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "language/script.hpp"

namespace kipc {

/// The number of an error's name. Throws CaseError.
int error_of(Scope& scope, const Node& node);

class Compiler {
 public:
  Compiler(const Case& source, const Variant& variant);
  std::unique_ptr<Program> run();

 private:
  // compile.cpp: the case's own keys
  void read_actors(const Node* node);
  ActorProperties read_properties(const Node& node, const std::string& name);
  void need_group(std::string_view limit);
  void read_requires(const Node* node);
  void read_sandbox(const Node* node);
  void read_checks(const Node* node);
  void add_implied_needs();
  void number_steps(std::vector<Step>& steps);

  // compile_step.cpp
  struct Place {  // where a step stands
    const Actors* inherited = nullptr;
    bool concurrent = false;
    bool top = false;  // directly in `concurrently`
    bool measured = false;
  };
  std::vector<Step> read_steps(const Node& list, const Place& place);
  Step read_step(const Node& node, const Place& place);
  void read_call(Step& step, const Node& node, const Place& place);
  void read_arguments(Step& step, const Node& node);
  void read_layout(Step& step, const Node& node);
  void read_made_actors(Step& step, const Node& node);
  void read_tags(Step& step, const Node& node);
  void read_waiting(Step& step, const Node& node, const char* key);
  void read_handled(Step& step, const Node& node);
  void read_dies(Step& step, const Node& node);
  void read_starts(Step& step, const Node& node);
  void read_block(Step& step, const Node& node, const Place& place);
  void read_concurrently(Step& step, const Node& node, const Place& place);

  // compile_measure.cpp
  void read_measure(Step& step, const Node& node, const Place& place);
  void read_figure(Measure& measure, const Member& member);

  // compile_timed.cpp
  void read_timed(Step& step, const Node& node);
  void check_timed(const Step& step, bool top);
  Actors read_as(const Node& node);
  Condition read_when(const Node& node);
  void check_parameter_value(const std::string& name, const Node& value);
  std::vector<std::string> read_asserts(const Node* node);
  bool read_flag(const Node* node);
  int read_signal(const Node& node);
  int read_exit_status(const Node& node);
  int channel(const std::string& name);
  int section(const std::string& name);
  const Row& row_of(const Node& node);
  static std::string selected(const Step& step);

  // compile_fault.cpp
  void read_fault(Step& step, const Node& node, const Place& place);
  void read_armed(Fault& fault, const Node& node);
  void check_engine(const Fault& fault, const Node& engine);
  bool may_be_held(const Step& step) const;
  void read_limit(Fault& fault, const Node& node);
  void read_group_limit(Fault& fault, const Node& node);
  void need_engine(const Fault& fault);

  // compile_program.cpp: actors that become programs of their own
  struct Programs {
    std::map<int, int> since;  // the line, by actor
    std::vector<Step*> armed;  // faults so far
  };
  void read_image(Step& step, const Node& node);
  void check_programs(std::vector<Step>& steps, Programs& running);
  void start_programs(Step& step, Programs& running);
  void check_line(const Step& step, const Programs& running);
  std::pair<int, int> range_of(const Actors& actors) const;

  // compile_outcome.cpp
  Expectation read_expect(const Node& node, const Step& step);
  std::vector<Outcome> read_outcomes(const Node& node, const Step& step, bool& anything);
  /// `ends_loop`: of an `until` that may count what was taken.
  Outcome read_outcome(const Node& node, const Step& step, bool ends_loop = false);
  std::vector<int> read_errors(const Node& node);
  void check_deadline(const Node& node, const Step& step);
  Question read_record(const Node& node, const Step& step);

  const Case& source_;
  const Variant& variant_;
  Node root_;
  std::unique_ptr<Program> program_;
  std::vector<std::pair<std::pair<int, int>, std::vector<long>>> stops_;  // armed so far: whom, in which system calls
  Scope& scope_;
  struct Asked {
    std::string text;
    int cell;
    std::vector<std::string> answers;
  };
  std::vector<Asked> asked_;
};

}  // namespace kipc
