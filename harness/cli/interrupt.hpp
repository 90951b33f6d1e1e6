// SIGINT and SIGTERM ask a run to stop where it is; what is finished is reported. A second one ends kipc at once.
// SIGPIPE is ignored meanwhile: writing says EPIPE.
#pragma once

#include <csignal>

namespace kipc::cli {

/// Takes these signals as long as it lives. One at a time.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();
  /// True once a signal has come.
  [[nodiscard]] static bool asked();

 private:
  struct sigaction int_before_ {};
  struct sigaction term_before_ {};
  struct sigaction pipe_before_ {};
};

}  // namespace kipc::cli
