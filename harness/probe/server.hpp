// A process that loads eBPF programs, holds them, attaches and detaches them as it is told. What goes wrong in there
// stays in there, and when either process ends the programs go.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "model/costs.hpp"

namespace kipc {

/// What came of loading. `text` is why nothing could be loaded, `enable` what would help.
struct ProbeGreeting {
  std::string text;
  std::string enable;
  std::vector<Provenance> means;  // of each thing the programs can do
};

struct ProbeCommand {
  enum class What : std::uint8_t { attach, detach, misses } what = What::detach;
  bool times = false;
  std::uint32_t figures = 0;  // a FigureSet
};

/// Programs of one kind, in the process that holds them.
class Programs {
 public:
  virtual ~Programs() = default;
  /// Loads what this kernel takes; `slots` is the size of the map below.
  virtual void load(int slots, ProbeGreeting& greeting) = 0;
  /// A map that can be mapped.
  [[nodiscard]] virtual int map() const = 0;
  virtual Result<void> attach(const ProbeCommand& command) = 0;
  virtual void detach() = 0;
  /// How often the kernel left out a program because one of the same processor was not done: what they count is then
  /// too little. Since 5.12; before, always 0.
  [[nodiscard]] virtual std::uint64_t misses() const { return 0; }
};
using MakePrograms = std::unique_ptr<Programs> (*)();

/// costs.bpf.c and copies.bpf.c; `means` are those of Figure.
std::unique_ptr<Programs> counting_programs();
/// strikes.bpf.c; `means` are those of StrikeMeans.
std::unique_ptr<Programs> striking_programs();

/// The other end.
class ProbeServer {
 public:
  ProbeServer() = default;
  ~ProbeServer();
  ProbeServer(const ProbeServer&) = delete;
  ProbeServer& operator=(const ProbeServer&) = delete;

  /// Starts it and maps `bytes` of the programs' map. An error's text is as the greeting's; `greeting` is filled in any
  /// case.
  Result<Mapping> start(MakePrograms make, int slots, std::size_t bytes, ProbeGreeting& greeting);
  Result<void> ask(const ProbeCommand& command);
  /// Programs::misses().
  Result<std::uint64_t> misses();

 private:
  /// The answer as it is, without its first byte.
  Result<std::string> exchange(const ProbeCommand& command);

  Fd socket_;
  pid_t pid_ = -1;
};

std::string write_greeting(const ProbeGreeting& greeting);
ProbeGreeting read_greeting(std::string_view bytes);

}  // namespace kipc
