#include "engine/in_place.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.hpp"
#include "engine/conductor.hpp"

namespace kipc {
namespace {

constexpr std::size_t kBytes = std::size_t{256} << 20;  // touched as far as a text goes

struct Letter {
  bool written;
  std::size_t size;
};

bool in_place = false;

/// Ends this process as its child ended.
[[noreturn]] void end_like(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

}  // namespace

Result<std::string> work_in_child(const std::function<std::string()>& work) {
  static const auto memory = Mapping::shared(kBytes);
  if (!memory) return fail("memory for results: " + memory.error().text());
  auto* letter = static_cast<Letter*>(memory->get());
  auto* text = reinterpret_cast<char*>(letter + 1);
  *letter = Letter{};
  const pid_t child = ::fork();
  if (child < 0) return fail(Errno::last("fork").text());
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    in_place = true;
    int code = 1;
    try {
      const std::string result = work();
      if (result.size() <= kBytes - sizeof(Letter)) {
        std::copy(result.begin(), result.end(), text);
        letter->size = result.size();
        letter->written = true;
        code = 0;
      }
    } catch (const std::exception&) {
      code = 1;
    }
    ::_exit(code);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!letter->written) return fail("the conductor " + status_text(status) + " without a result");
  return std::string(text, letter->size);
}

bool may_conduct_in_place() {
  const bool may = in_place;
  in_place = false;
  return may;
}

Result<void> enter_namespaces(unsigned long flags) {
  if (flags == 0) return {};
  if (::unshare(static_cast<int>(flags)) != 0) return fail(Errno::last("unshare").text());
  if ((flags & CLONE_NEWPID) == 0) return {};
  const pid_t first = ::fork();
  if (first < 0) return fail(Errno::last("fork").text());
  if (first > 0) end_like(first);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return {};
}

}  // namespace kipc
