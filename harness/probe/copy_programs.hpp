// copies.bpf.c, loaded twice: what counts passes, and what counts raw copies.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "probe/kernel_symbols.hpp"
#include "probe/loading.hpp"

struct copies;  // the skeleton

namespace kipc {

/// The maps of costs.bpf.c, which all these programs use.
struct SharedMaps {
  int costs = -1;
  int marked = -1;
  std::uint32_t slots = 0;
};

/// Every symbol that the programs may be attached to.
std::vector<std::string_view> copy_symbols();

using Symbols = std::unordered_map<std::string, std::uint64_t>;

/// By fentry and fexit; when the kernel refuses those, by kprobe and kretprobe.
class CopyPasses {
 public:
  CopyPasses() = default;
  ~CopyPasses();
  CopyPasses(const CopyPasses&) = delete;
  CopyPasses& operator=(const CopyPasses&) = delete;
  /// By what means they are counted here.
  Result<std::string> load(const SharedMaps& maps, const Symbols& symbols);
  Result<void> attach();
  void detach() { links_.clear(); }
  [[nodiscard]] bool loaded() const { return object_ != nullptr; }
  [[nodiscard]] std::uint64_t misses() const;

 private:
  struct Pass {
    bpf_program* program;
    const char* symbol;  // of a kprobe; else nullptr
    bool returns;
  };
  Result<void> open();
  Result<void> attempt();
  void drop();

  SharedMaps maps_;
  Symbols symbols_;
  copies* object_ = nullptr;
  std::vector<Pass> passes_;
  bool traced_ = true;  // by fentry and fexit
  bool fresh_ = false;  // not attached yet
  Links links_;
};

/// By a hardware breakpoint on the routine that copies. x86-64.
class RawCopies {
 public:
  RawCopies() = default;
  ~RawCopies();
  RawCopies(const RawCopies&) = delete;
  RawCopies& operator=(const RawCopies&) = delete;
  Result<std::string> load(const SharedMaps& maps, const Symbols& symbols, std::string& enable);
  Result<void> attach();
  void detach() { links_.clear(); }
  [[nodiscard]] bool loaded() const { return object_ != nullptr; }

 private:
  copies* object_ = nullptr;
  CopyRoutine routine_;
  Links links_;
};

}  // namespace kipc
