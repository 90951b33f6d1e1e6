// An Env and a Host for unit tests: cells in vectors, and functions that do nothing but remember.
#pragma once

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "values/type.hpp"

namespace kipc {

class TestEnv : public Env {
 public:
  std::vector<Cell> cells[3] = {std::vector<Cell>(2048), std::vector<Cell>(2048), std::vector<Cell>(2048)};
  std::vector<unsigned char> blobs = std::vector<unsigned char>(4096);

  Cell& cell(CellScope scope, int /*actor*/, int index) override {
    return cells[static_cast<std::size_t>(scope)].at(static_cast<std::size_t>(index));
  }
  std::int64_t fact(int actor, ActorFact fact) override { return 1000 * (actor + 2) + static_cast<int>(fact); }
  std::int64_t member_index() override { return 0; }
  unsigned char* blob(std::size_t offset) override { return &blobs.at(offset); }
  void peek(std::uint64_t address, void* into, std::size_t length) override {
    std::memcpy(into, reinterpret_cast<const void*>(static_cast<std::uintptr_t>(address)), length);
  }
};

class TestHost : public Host {
 public:
  bool guards = false;
  std::vector<std::pair<std::int64_t, int>> expected_threads;
  std::vector<std::pair<std::string, std::int64_t>> objects;

  std::int64_t fork_actor() override { return -1; }
  std::int64_t clone_actor(std::uint64_t /*flags*/) override { return -1; }
  int start_thread() override { return 0; }
  void end_thread() override {}
  int exec_self() override { return -1; }
  std::string program_path(std::string_view name) override { return "/programs/" + std::string(name); }
  void* notify_function() override { return nullptr; }
  void expect_thread(std::int64_t value, int actor) override { expected_threads.emplace_back(value, actor); }
  void install_handler(int /*signal*/, int /*runs*/) override {}
  void* handler_function() override { return nullptr; }
  std::uint16_t sender() override { return 1; }
  std::uint32_t next_record() override { return 0; }
  std::string object_name(std::string_view name) override { return std::string(name); }
  std::int64_t object_key(std::string_view name) override { return static_cast<std::int64_t>(name.size()); }
  void created(std::string_view kind, std::int64_t id) override { objects.emplace_back(kind, id); }
  bool guards_access() override { return guards; }
};

/// A type put to the test: compile() and marshal() a JSON text, or hold one against what came back.
class TestBench {
 public:
  TestEnv env;
  TestHost host;
  Scratch scratch;
  std::array<GuardedBuffer, 2> buffers;
  Scope scope{"test.json"};
  Frame frame{env, host, scratch, buffers};
  Arg arg;

  Slot marshal(const Type& type, std::string_view json) {
    arg = type.compile(parse_node(json, "test.json"), scope);
    Slot slot;
    slot.given = true;
    slot.arg = &arg;
    type.marshal(arg, frame, slot);
    return slot;
  }
  /// What the compiler says of it: "" or the problem.
  std::string problem(const Type& type, std::string_view json) {
    try {
      type.compile(parse_node(json, "test.json"), scope);
    } catch (const CaseError& error) {
      return error.problem.text();
    }
    return "";
  }
  /// "" when the bytes match the expectation, else why they do not.
  std::string mismatch(const Type& type, std::string_view json, std::string_view bytes) {
    const Arg expected = type.compile_expected(parse_node(json, "test.json"), scope);
    std::string why;
    return type.matches(expected, bytes, env, why) ? "" : why;
  }
};

/// A name of the case that stands for a descriptor.
inline void bind_fd(TestBench& bench, const char* name, std::int64_t fd) {
  const NameRef ref = bench.scope.bind(Node::string(name), name, NameKind::fd);
  bench.env.cell(ref.scope, -1, ref.eval_cell(bench.env)) = Cell{fd, 1, 0};
}

}  // namespace kipc
