#include "base/fd.hpp"

#include <fcntl.h>

#include <array>

#include "base/catch.hpp"

namespace kipc {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

int any_fd() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST_CASE("an Fd closes what it holds") {
  int number = -1;
  {
    const Fd fd(any_fd());
    REQUIRE(fd);
    number = fd.get();
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
}

TEST_CASE("an Fd moves; only the last owner closes") {
  Fd a(any_fd());
  const int number = a.get();
  Fd b(std::move(a));
  CHECK(a.get() == -1);  // NOLINT(bugprone-use-after-move): the moved-from state is what is tested
  CHECK(b.get() == number);

  Fd c(any_fd());
  const int replaced = c.get();
  c = std::move(b);
  CHECK_FALSE(is_open(replaced));
  CHECK(is_open(number));

  Fd& self = c;
  c = std::move(self);
  CHECK(c.get() == number);
  CHECK(is_open(number));
}

TEST_CASE("release gives the descriptor away, reset closes it once") {
  Fd fd(any_fd());
  const Fd other(fd.release());
  CHECK_FALSE(fd);
  CHECK(is_open(other.get()));
  fd.reset();
  fd.reset();
  CHECK(is_open(other.get()));
}

TEST_CASE("closing keeps errno") {
  Fd closed_behind_its_back(any_fd());
  ::close(closed_behind_its_back.get());
  errno = EPIPE;
  closed_behind_its_back.reset();
  CHECK(errno == EPIPE);
}

TEST_CASE("an anonymous mapping is zeroed, writable and shared") {
  auto mapping = Mapping::shared(8192);
  REQUIRE(mapping);
  CHECK(mapping->size() == 8192);
  auto* bytes = static_cast<unsigned char*>(mapping->get());
  CHECK(bytes[0] == 0);
  CHECK(bytes[8191] == 0);
  bytes[8191] = 7;
  CHECK(bytes[8191] == 7);
}

TEST_CASE("a mapping of a file shows the file") {
  const Fd fd(::memfd_create("kipc-test", MFD_CLOEXEC));
  REQUIRE(fd);
  REQUIRE(::ftruncate(fd.get(), 4096) == 0);
  auto mapping = Mapping::shared(4096, fd.get());
  REQUIRE(mapping);
  static_cast<char*>(mapping->get())[1] = 'x';
  std::array<char, 2> back = {};
  REQUIRE(::pread(fd.get(), back.data(), back.size(), 0) == 2);
  CHECK(back[1] == 'x');
}

TEST_CASE("a mapping that is refused says why") {
  const auto mapping = Mapping::shared(0);
  REQUIRE_FALSE(mapping);
  CHECK(mapping.error().text() == "mmap: EINVAL (Invalid argument)");
}

TEST_CASE("a mapping moves and is unmapped once") {
  auto made = Mapping::shared(4096);
  REQUIRE(made);
  Mapping a = std::move(*made);
  Mapping b(std::move(a));
  CHECK_FALSE(a);        // NOLINT(bugprone-use-after-move): the moved-from state is what is tested
  CHECK(a.size() == 0);  // NOLINT(bugprone-use-after-move)
  void* const address = b.get();
  b.reset();
  CHECK_FALSE(b);
  CHECK(b.size() == 0);
  CHECK(::msync(address, 4096, MS_ASYNC) == -1);  // ENOMEM: nothing is mapped there any more
}

}  // namespace
}  // namespace kipc
