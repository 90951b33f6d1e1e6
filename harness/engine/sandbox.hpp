// A place of its own for one variant: namespaces with private mqueue, /dev/shm, scratch directory and sysctls where
// they are allowed; unique names, a subreaper and a sweep of what was recorded where they are not.
#pragma once

#include <string>
#include <vector>

#include "engine/board.hpp"
#include "engine/run.hpp"
#include "platform/sandbox_probe.hpp"

namespace kipc {

/// How the sandboxes of this run are made, decided once.
struct SandboxPlan {
  bool user = false;
  bool pid = false;
  bool ipc = false;
  bool mount = false;
  bool net = false;
  bool proc_mount = false;
  bool mqueue_mount = false;
  bool tmpfs_mount = false;
  std::string run_directory;  // exists; empty; everyone may search it
  std::string image;          // kipc's own executable
  /// "namespaces ipc pid mount", "user namespace with ipc pid mount", "none: unique names and a sweep".
  [[nodiscard]] std::string text() const;
};

/// What the ability of this machine and the wish of the user come to. An Error when the wish cannot be had.
Result<SandboxPlan> plan_sandbox(Isolation wish, const SandboxAbility& ability);

/// The directory below which sandboxes put their files. Made on first use, removed by remove_run_directory().
Result<std::string> make_run_directory();
void remove_run_directory(const std::string& directory);

/// In a new process: enters the sandbox. Afterwards the working directory is the scratch directory. An Error says what
/// was refused. `part` numbers the sandbox where there are no mounts.
class Sandbox {
 public:
  Sandbox(const SandboxPlan& plan, const Program& program, const std::string& part)
      : plan_(plan), program_(program), part_(part) {}
  /// The clone() flags of the process that will enter it.
  [[nodiscard]] unsigned long clone_flags() const;
  Result<void> enter();
  /// Where a board that an exec'd image shall find must lie.
  [[nodiscard]] std::string board_path() const { return private_directory() + "/board"; }
  [[nodiscard]] std::string image_path() const { return image_; }
  [[nodiscard]] const std::string& mqueue_directory() const { return mqueue_; }
  /// Removes what enter() made where no namespace does it.
  void leave();

 private:
  [[nodiscard]] std::string private_directory() const;
  Result<void> map_user();
  Result<void> make_mounts();
  Result<void> write_sysctls();
  const SandboxPlan& plan_;
  const Program& program_;
  std::string part_;
  std::string mqueue_;
  std::string image_;
};

/// True when the program uses a call whose name begins so.
bool uses_call(const Program& program, std::string_view prefix);

}  // namespace kipc
