#include "language/compile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "platform/capabilities.hpp"
#include "platform/cgroup.hpp"
#include "platform/rlimits.hpp"

namespace kipc {
namespace {

constexpr std::array<std::string_view, 9> kCheckers = {"at-most-once", "atomic-records",  "exactly-once",
                                                       "fifo",         "fifo-per-sender", "mutual-exclusion",
                                                       "prefix",       "priority-order",  "whole-records"};

}  // namespace

bool Expectation::may_block() const {
  const auto blocks = [](const Outcome& outcome) { return outcome.blocks; };
  return anything || otherwise_anything || std::any_of(outcomes.begin(), outcomes.end(), blocks) ||
         std::any_of(otherwise.begin(), otherwise.end(), blocks);
}

bool Expectation::only_blocks() const { return !anything && !condition && outcomes.size() == 1 && outcomes[0].blocks; }

std::string Program::actor_name(int actor) const {
  for (const ActorGroup& group : scope.groups)
    if (actor >= group.base && actor < group.base + group.count)
      return group.count == 1 ? group.name : fmt::format("{}[{}]", group.name, actor - group.base);
  return fmt::format("actor {}", actor);
}

int Program::member_index(int actor) const {
  for (const ActorGroup& group : scope.groups)
    if (actor >= group.base && actor < group.base + group.count) return actor - group.base;
  return 0;
}

Compiler::Compiler(const Case& source, const Variant& variant)
    : source_(source),
      variant_(variant),
      root_(substitute(source.root(), variant, source.file)),
      program_(std::make_unique<Program>(source.file)),
      scope_(program_->scope) {
  scope_.parameters = variant.parameters;
  program_->case_id = source.id;
  program_->variant_id = variant.id;
  program_->asserts = source.asserts;
}

std::unique_ptr<Program> Compiler::run() {
  read_requires(root_.find("requires"));
  read_actors(root_.find("actors"));
  read_sandbox(root_.find("sandbox"));
  program_->script = read_steps(*root_.find("script"), Place{});
  read_checks(root_.find("check"));
  Programs running;
  check_programs(program_->script, running);
  number_steps(program_->script);
  add_implied_needs();
  return std::move(program_);
}

std::unique_ptr<Program> compile(const Case& source, const Variant& variant) { return Compiler(source, variant).run(); }

void Compiler::number_steps(std::vector<Step>& steps) {
  for (Step& step : steps) {
    step.id = static_cast<int>(program_->steps.size());
    program_->steps.push_back(&step);
    number_steps(step.steps);
  }
}

void Compiler::read_actors(const Node* node) {
  if (node == nullptr) return;
  if (!node->is_object() || node->members.empty()) case_error_at(scope_, *node, "an object of actors");
  for (const Member& member : node->members) {
    if (!member.value.is_object()) case_error_at(scope_, member.value, "an object of properties, {} for none");
    program_->roots.push_back(read_properties(member.value, member.key));
  }
}

ActorProperties Compiler::read_properties(const Node& node, const std::string& name) {
  only_keys(scope_, node, {"user", "group", "cgroup", "count", "rlimit", "capabilities"});
  const Node* count = node.find("count");
  ActorProperties root;
  root.count = count == nullptr ? 1 : static_cast<int>(scope_.constant(*count));
  root.base = scope_.add_group(node, name, root.count).base;
  if (const Node* user = node.find("user")) {
    if (!user->is_string()) case_error_at(scope_, *user, "a user's name");
    root.uid = scope_.user_id(user->text);
    root.gid = root.uid;
    program_->uses_users = true;
  }
  if (const Node* group = node.find("group")) {
    if (!group->is_string()) case_error_at(scope_, *group, "a group's name");
    root.gid = scope_.user_id(group->text);
    program_->uses_users = true;
  }
  if (const Node* limits = node.find("rlimit")) {
    if (!limits->is_object()) case_error_at(scope_, *limits, "an object such as {\"RLIMIT_NOFILE\": 16}");
    for (const Member& limit : limits->members) {
      if (rlimit_number(limit.key) < 0)
        case_error(scope_, limit.value, "a limit such as RLIMIT_NOFILE", fmt::format("'{}'", limit.key),
                   did_you_mean(limit.key, rlimit_names()));
      root.rlimits.emplace_back(limit.key, scope_.constant(limit.value));
    }
  }
  if (const Node* limits = node.find("cgroup")) {
    if (!limits->is_object()) case_error_at(scope_, *limits, "an object such as {\"pids.max\": 2}");
    for (const Member& limit : limits->members) {
      const auto& names = cgroup_limits();
      if (std::find(names.begin(), names.end(), limit.key) == names.end())
        case_error(scope_, limit.value, fmt::format("a limit of a control group: {}", fmt::join(names, ", ")),
                   fmt::format("'{}'", limit.key), did_you_mean(limit.key, names));
      const std::int64_t value = scope_.constant(limit.value);
      if (value < 1) case_error_at(scope_, limit.value, "a limit from 1");
      root.cgroup.emplace_back(limit.key, value);
      need_group(limit.key);
    }
  }
  if (const Node* capabilities = node.find("capabilities")) {
    if (!capabilities->is_array()) case_error_at(scope_, *capabilities, "a list of capabilities, [] for none");
    for (const Node& capability : capabilities->items) {
      if (!capability.is_string() || capability_number(capability.text) < 0)
        case_error(scope_, capability, "a capability such as CAP_SYS_RESOURCE", describe(capability),
                   did_you_mean(capability.text, capability_names()));
      root.capabilities.push_back(capability.text);
    }
  }
  return root;
}

void Compiler::need_group(std::string_view limit) {
  program_->needs.push_back(Requirement{"fault", fmt::format("cgroup-{}", controller_of(limit)), 0, {}});
}

void Compiler::read_requires(const Node* node) {
  if (node == nullptr) return;
  if (!node->is_array()) case_error_at(scope_, *node, "a list of requirements");
  std::vector<std::string_view> kinds;
  for (const RequirementKind& kind : requirement_kinds()) kinds.push_back(kind.kind);
  for (const Node& item : node->items) {
    if (!item.is_object())
      case_error_at(scope_, item, "a requirement such as {\"limit\": \"RLIMIT_NOFILE\", \"at_least\": 700}");
    Requirement need;
    std::vector<std::string_view> keys = kinds;
    keys.insert(keys.end(), {"at_least", "for"});
    only_keys(scope_, item, keys);
    for (const Member& member : item.members) {
      if (member.key == "at_least")
        need.at_least = scope_.constant(member.value);
      else if (member.key == "for")
        need.only_for = read_asserts(&member.value);
      else {
        if (!need.kind.empty()) case_error(scope_, item, "one requirement an object", describe(item));
        need.kind = member.key;
        if (member.value.is_string() && member.key != "users" && member.key != "cpus")
          need.name = member.value.text;
        else
          need.at_least = scope_.constant(member.value);
      }
    }
    if (need.kind.empty()) case_error_at(scope_, item, "a requirement");
    program_->needs.push_back(std::move(need));
  }
}

/// What the case asks of its sandbox is a requirement without being written twice.
void Compiler::add_implied_needs() {
  const auto needs = [&](const char* kind, const char* name, std::int64_t at_least) {
    for (const Requirement& need : program_->needs)
      if (need.kind == kind && need.name == name) return;
    program_->needs.push_back(Requirement{kind, name, at_least, {}});
  };
  for (const auto& [name, value] : program_->sandbox.sysctls) needs("private_sysctl", name.c_str(), 0);
  if (!program_->sandbox.mounts.empty()) needs("namespace", "mount", 0);
  if (program_->runs_programs) needs("syscall", "process_vm_readv", 0);  // shows when a program has begun
  for (const ActorProperties& root : program_->roots)
    for (const auto& [name, value] : root.rlimits) needs("limit", name.c_str(), 0);
  for (const Step* step : program_->steps) {
    if (step->fault && !step->fault->rlimit.empty()) needs("limit", step->fault->rlimit.c_str(), 0);
    if (step->row == nullptr || step->row->name != "setrlimit" || !step->args[0]) continue;
    if (const std::string& name = step->args[0]->text; rlimit_number(name) >= 0) needs("limit", name.c_str(), 0);
  }
  if (!scope_.users.empty())
    needs("users", "", static_cast<std::int64_t>(scope_.users.size()) + 1);  // beside kipc's own
}

void Compiler::read_sandbox(const Node* node) {
  if (node == nullptr) return;
  only_keys(scope_, *node, {"sysctl", "mount", "network"});
  if (const Node* sysctls = node->find("sysctl")) {
    if (!sysctls->is_object()) case_error_at(scope_, *sysctls, "an object such as {\"kernel.msgmni\": 3}");
    for (const Member& member : sysctls->members) {
      const std::string text =
          member.value.is_string() ? member.value.text : std::to_string(scope_.constant(member.value));
      program_->sandbox.sysctls.emplace_back(member.key, text);
    }
  }
  if (const Node* mounts = node->find("mount")) {
    if (!mounts->is_object()) case_error_at(scope_, *mounts, "an object: {\"/dev/shm\": {\"size\": \"1M\"}}");
    for (const Member& member : mounts->members) {
      only_keys(scope_, member.value, {"size"});
      const Node* size = member.value.find("size");
      if (member.key != "/dev/shm" || size == nullptr || !size->is_string())
        case_error_at(scope_, member.value, "{\"/dev/shm\": {\"size\": \"1M\"}}");
      program_->sandbox.mounts.emplace_back(member.key, size->text);
    }
  }
  program_->sandbox.network = read_flag(node->find("network"));
}

void Compiler::read_checks(const Node* node) {
  if (node == nullptr) return;
  if (!node->is_array()) case_error_at(scope_, *node, "a list of checks");
  const std::vector<std::string_view> checkers(kCheckers.begin(), kCheckers.end());
  for (const Node& item : node->items) {
    std::vector<std::string_view> keys = checkers;
    keys.insert(keys.end(), {"per", "asserts", "why"});
    if (!item.is_object()) case_error_at(scope_, item, "a check such as {\"exactly-once\": \"items\"}");
    only_keys(scope_, item, keys);
    Check check;
    check.line = item.line;
    check.pointer = item.pointer;
    check.asserts = read_asserts(item.find("asserts"));
    for (const Member& member : item.members) {
      if (member.key == "asserts" || member.key == "why") continue;
      if (!member.value.is_string()) case_error_at(scope_, member.value, "the name of a channel or section");
      if (member.key == "per") {
        check.per = member.value.text;
        continue;
      }
      if (!check.checker.empty()) case_error(scope_, item, "one checker an object", describe(item));
      check.checker = member.key;
      check.channel_name = member.value.text;
      std::vector<std::string_view> known;
      if (member.key == "mutual-exclusion")
        for (const std::string& name : program_->sections) known.push_back(name);
      else
        for (const Channel& name : program_->channels) known.push_back(name.name);
      const auto found = std::find(known.begin(), known.end(), member.value.text);
      if (found == known.end())
        case_error(scope_, member.value, "a channel that steps put into or take from (or a section they enter)",
                   fmt::format("'{}'", member.value.text), did_you_mean(member.value.text, known));
      check.channel = static_cast<int>(found - known.begin());
    }
    if (check.checker.empty()) case_error_at(scope_, item, "a checker");
    if (check.checker == "fifo" && !check.per.empty()) check.checker = "fifo-per-sender";
    program_->checks.push_back(std::move(check));
  }
}

std::vector<std::string> Compiler::read_asserts(const Node* node) {
  std::vector<std::string> asserts;
  if (node == nullptr) return asserts;
  if (!node->is_array()) case_error_at(scope_, *node, "a list of assertion ids");
  const std::vector<std::string_view> known(source_.asserts.begin(), source_.asserts.end());
  for (const Node& item : node->items) {
    if (!item.is_string() || std::find(known.begin(), known.end(), item.text) == known.end())
      case_error(scope_, item, "an assertion of the case's \"asserts\"", describe(item),
                 did_you_mean(item.text, known));
    asserts.push_back(item.text);
  }
  return asserts;
}

bool Compiler::read_flag(const Node* node) {
  if (node == nullptr) return false;
  if (!node->is(Node::Kind::boolean)) case_error_at(scope_, *node, "true or false");
  return node->flag;
}

int Compiler::read_signal(const Node& node) {
  const std::int64_t number = scope_.constant(node);
  if (number < 1 || number > SIGRTMAX) case_error_at(scope_, node, "a signal such as SIGUSR1");
  return static_cast<int>(number);
}

int Compiler::read_exit_status(const Node& node) {
  const std::int64_t status = scope_.constant(node);
  if (status < 0 || status > 255) case_error_at(scope_, node, "an exit status from 0 to 255");
  return static_cast<int>(status);
}

int Compiler::channel(const std::string& name) {
  auto& channels = program_->channels;
  for (std::size_t i = 0; i < channels.size(); ++i)
    if (channels[i].name == name) return static_cast<int>(i);
  channels.push_back(Channel{name, {}});
  return static_cast<int>(channels.size()) - 1;
}

int Compiler::section(const std::string& name) {
  auto& sections = program_->sections;
  for (std::size_t i = 0; i < sections.size(); ++i)
    if (sections[i] == name) return static_cast<int>(i);
  sections.push_back(name);
  return static_cast<int>(sections.size()) - 1;
}

}  // namespace kipc
