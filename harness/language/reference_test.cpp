#include "language/reference.hpp"

#include <sstream>

#include "base/catch.hpp"
#include "base/file.hpp"
#include "calls/row.hpp"
#include "language/line_difference_for_tests.hpp"

namespace kipc {
namespace {

bool has(const std::string& page, const std::string& text) { return page.find(text) != std::string::npos; }

}  // namespace

TEST_CASE("reference: docs/calls.md is up to date") {
#if defined(__x86_64__) && defined(__GLIBC__)
  INFO("to renew it: kipc calls > docs/calls.md");
  const auto stored = read_file(KIPC_SOURCE_DIR "/docs/calls.md");
  REQUIRE(stored);
  CHECK(line_difference(stored.value(), calls_reference()) == "");
#else
  SUCCEED("the constants of this platform's headers may differ");
#endif
}

TEST_CASE("reference: every call is described and linked") {
  const std::string page = calls_reference();
  for (const Row& row : call_table()) {
    const std::string name(row.name);
    INFO(name);
    CHECK(has(page, "\n## " + name + "\n"));
    CHECK(has(page, "[" + name + "](#" + name + ")"));
    CHECK(row.doc.substr(row.doc.size() - 1) == ".");
    CHECK_FALSE(row.source.empty());
  }
}

TEST_CASE("reference: every system call that a call sleeps in has its name") {
  const std::string page = calls_reference();
  for (const char digit : std::string("0123456789")) CHECK_FALSE(has(page, std::string("system call ") + digit));
}

TEST_CASE("reference: what is said of a call") {
  const std::string page = calls_reference();
  CHECK(has(page, R"(## mq_send

`mq_send(mqdes, data[, msg_len][, msg_prio])`

Sends a message; msg_len is the length of the data and msg_prio 0 unless given. Source: POSIX.1-2024 mq_send(), mq_send(3).

| argument | type | | |
|---|---|---|---|
| `mqdes` | mqd_t | in | required |
| `data` | data | in | required |
| `msg_len` | integer | in | may be left out |
| `msg_prio` | integer | in | `0` unless given |

Returns 0, or -1 and `errno`. Can be expected: `return`, `error`. May block, in `mq_timedsend`. For `priority-order` a message weighs its `msg_prio`.
)"));
  CHECK(has(page, "- pipe2 flags: `O_CLOEXEC`, `O_DIRECT`, `O_NONBLOCK`\n"));
}

}  // namespace kipc
