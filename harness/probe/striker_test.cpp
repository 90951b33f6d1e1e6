#include "probe/striker.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/catch.hpp"
#include "base/fd.hpp"

using namespace kipc;

namespace {

std::unique_ptr<Striker> started(bool errors) {
  StrikeMeans means;
  auto striker = Striker::start(4, means);
  CHECK(means.signal.how.empty() != means.signal.missing.empty());
  CHECK(means.error.how.empty() != means.error.missing.empty());
  const Provenance& wanted = errors ? means.error : means.signal;
  if (wanted.how.empty()) {
    WARN("not to be had here: " << wanted.missing);
    return nullptr;
  }
  return striker;
}

/// A child that marks itself and writes five bytes, one by one. Its wait status.
int writes_five(int slot, int fd) {
  const pid_t child = ::fork();
  if (child == 0) {
    mark_for_strikes(slot);
    for (int i = 0; i < 5; ++i)
      if (::write(fd, "x", 1) != 1) ::_exit(errno);
    ::_exit(0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    reader = Fd(ends[0]);
    writer = Fd(ends[1]);
  }
  [[nodiscard]] int bytes() const {
    std::array<char, 16> data{};
    return static_cast<int>(::read(reader.get(), data.data(), data.size()));
  }
  Fd reader;
  Fd writer;
};

}  // namespace

TEST_CASE("bpf_send_signal strikes at the nth call, which takes place nevertheless") {
  const auto striker = started(false);
  if (striker == nullptr) return;
  for (const bool at_exit : {false, true}) {
    const Pipe pipe;
    const int slot = striker->reserve();
    Striker::Order order;
    order.system_calls = {SYS_write};
    order.first = order.last = 3;
    order.signal = SIGKILL;
    order.at_exit = at_exit;
    REQUIRE(striker->arm(slot, order));
    const int status = writes_five(slot, pipe.writer.get());
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGKILL);
    CHECK(pipe.bytes() == 3);
    CHECK(striker->calls(slot) == 3);
    CHECK(striker->struck(slot) == 1);
  }
}

TEST_CASE("a strike waits for its first argument, and nobody else is struck") {
  const auto striker = started(false);
  if (striker == nullptr) return;
  const Pipe pipe;
  const int slot = striker->reserve();
  Striker::Order order;
  order.system_calls = {SYS_write};
  order.signal = SIGKILL;
  order.has_first_argument = true;
  order.first_argument = 4711;
  REQUIRE(striker->arm(slot, order));
  CHECK(writes_five(slot, pipe.writer.get()) == 0);
  CHECK(striker->calls(slot) == 0);
  order.first_argument = static_cast<std::uint64_t>(pipe.writer.get());
  REQUIRE(striker->arm(slot, order));
  CHECK(writes_five(striker->reserve(), pipe.writer.get()) == 0);  // another slot
  CHECK(WIFSIGNALED(writes_five(slot, pipe.writer.get())));
  striker->disarm(slot);
  CHECK(writes_five(slot, pipe.writer.get()) == 0);
  order.system_calls.assign(9, SYS_write);
  CHECK_FALSE(striker->arm(slot, order));
}

TEST_CASE("a security hook answers for the nth call, which does not take place") {
  const auto striker = started(true);
  if (striker == nullptr) return;
  const Pipe pipe;
  const int slot = striker->reserve();
  Striker::Order order;
  order.system_calls = {SYS_write};
  order.first = order.last = 3;
  order.error = EXDEV;
  REQUIRE(striker->arm(slot, order));
  const int status = writes_five(slot, pipe.writer.get());
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == EXDEV);
  CHECK(pipe.bytes() == 2);
  CHECK(striker->struck(slot) == 1);
}
