#include "base/result.hpp"

#include <set>
#include <type_traits>

#include "base/catch.hpp"

namespace kipc {
namespace {

static_assert(std::is_trivially_copyable_v<Errno>, "used between fork and exec");

Result<int> half(int n) {
  if (n % 2 != 0) return fail("odd");
  return n / 2;
}

TEST_CASE("a Result is a value or the reason there is none") {
  CHECK(half(4).value() == 2);
  REQUIRE_FALSE(half(3));
  CHECK(half(3).error().text == "odd");
}

TEST_CASE("fail_errno keeps the errno of the call that failed") {
  errno = ENOENT;
  const ErrnoOr<int> result = fail_errno("open");
  errno = 0;
  REQUIRE_FALSE(result);
  CHECK(result.error().number == ENOENT);
  CHECK(result.error().name() == "ENOENT");
  CHECK(result.error().text() == "open: ENOENT (No such file or directory)");
}

TEST_CASE("an error number without a name is printed as a number") {
  CHECK(errno_name(4711).empty());
  CHECK(Errno{4711, "read"}.name() == "errno 4711");
  CHECK(Errno{0, "read"}.name() == "errno 0");
}

TEST_CASE("names and numbers of errors are inverse") {
  std::set<std::string_view> seen;
  for (int number = 1; number < 134; ++number) {
    const std::string_view name = errno_name(number);
    if (name.empty()) continue;
    INFO(name);
    CHECK(errno_number(name) == number);
    CHECK(seen.insert(name).second);
  }
  CHECK(seen.size() >= 131);
}

TEST_CASE("aliases are understood, the kernel's name is printed") {
  CHECK(errno_number("EWOULDBLOCK") == EAGAIN);
  CHECK(errno_name(EWOULDBLOCK) == "EAGAIN");
  CHECK(errno_number("ENOTSUP") == EOPNOTSUPP);
  CHECK(errno_name(ENOTSUP) == "EOPNOTSUPP");
  CHECK(errno_number("EDEADLOCK") == EDEADLK);
}

TEST_CASE("what is not the name of an error has no number") {
  CHECK(errno_number("") == -1);
  CHECK(errno_number("enoent") == -1);
  CHECK(errno_number("ENOENT ") == -1);
}

}  // namespace
}  // namespace kipc
