#include "platform/proc_text.hpp"

#include "base/catch.hpp"

namespace kipc {
namespace {

TEST_CASE("proc_text: fields of tables") {
  const std::string_view text = "cpu family\t: 25\ncpu\t\t: POWER9\nmodel name\t:  AMD EPYC \nNAME=\"A B\"\nempty:\n";
  CHECK(field(text, "cpu") == "POWER9");
  CHECK(field(text, "cpu family") == "25");
  CHECK(field(text, "model name") == "AMD EPYC");
  CHECK(field(text, "NAME") == "A B");
  CHECK(field(text, "empty").empty());
  CHECK(field(text, "absent").empty());
  CHECK(field("", "x").empty());
}

TEST_CASE("proc_text: trimming") {
  CHECK(trim("  a b\n") == "a b");
  CHECK(trim(std::string_view("x\0", 2)) == "x");
  CHECK(trim(" \n\t").empty());
}

TEST_CASE("proc_text: what cannot be read is empty") {
  CHECK(read_start("/proc/no/such/file", 100).empty());
  CHECK(read_line("/proc/no/such/file").empty());
  CHECK_FALSE(exists("/proc/no/such/file"));
  CHECK(exists("/proc"));
  CHECK(read_start("/proc/self/status", 5) == "Name:");
}

}  // namespace
}  // namespace kipc
