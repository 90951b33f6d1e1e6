// The eBPF programs of bpf/, loaded and attached. Lives in the process that server.hpp describes.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "language/costs.hpp"

namespace kipc {

class Programs {
 public:
  Programs();
  ~Programs();
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;

  /// Loads what this kernel takes; `figures` says of each how it will be had, or why not. An error when nothing loads;
  /// `enable` then says what would help.
  Result<void> load(int slots, Provenances& figures, std::string& enable);
  /// The map of costs, for mmap(); -1 before load().
  [[nodiscard]] int costs_fd() const;
  /// What the wanted figures need, and no more.
  Result<void> attach(FigureSet wanted, bool times);
  void detach();

 private:
  struct Loaded;
  std::unique_ptr<Loaded> loaded_;
};

}  // namespace kipc
