#include "base/text.hpp"

#include "base/catch.hpp"

namespace kipc {
namespace {

TEST_CASE("nearest finds the word that was meant") {
  const std::vector<std::string_view> calls = {"mmap", "mq_open", "mq_receive", "mq_send", "munmap", "read"};
  CHECK(nearest("mq_recieve", calls) == "mq_receive");
  CHECK(nearest("mq_sent", calls) == "mq_send");
  CHECK(nearest("red", calls) == "read");
  CHECK(nearest("read", calls) == "read");
}

TEST_CASE("nearest stays silent when nothing is near") {
  CHECK(nearest("futex", {"mq_open", "read"}).empty());
  CHECK(nearest("xy", {"fd"}).empty());
  CHECK(nearest("read", {}).empty());
}

TEST_CASE("of equally near candidates the first is taken") { CHECK(nearest("cat", {"bat", "hat"}) == "bat"); }

TEST_CASE("did_you_mean is a phrase to append, or nothing") {
  CHECK(did_you_mean("exepct", {"call", "expect"}) == ", did you mean 'expect'?");
  CHECK(did_you_mean("zebra", {"call", "expect"}).empty());
}

TEST_CASE("quote_bytes writes a C string literal") {
  CHECK(quote_bytes("") == "\"\"");
  CHECK(quote_bytes("abc") == "\"abc\"");
  CHECK(quote_bytes("a\"b\\c\n") == R"("a\"b\\c\n")");
  CHECK(quote_bytes(std::string_view("\0", 1)) == R"("\x00")");
  CHECK(quote_bytes("\x7f\xff") == R"("\x7f\xff")");
}

TEST_CASE("quote_bytes keeps a hex escape apart from a digit that follows it") {
  // "\x01" "2" in C; without the break, "\x012" is one character.
  CHECK(quote_bytes("\x01"
                    "2") == R"("\x01""2")");
  CHECK(quote_bytes("\x01"
                    "F") == R"("\x01""F")");
  CHECK(quote_bytes("\x01"
                    "g") == R"("\x01g")");
  CHECK(quote_bytes("\x01\x02") == R"("\x01\x02")");
}

TEST_CASE("quote_bytes cuts, and then says how long the whole is") {
  CHECK(quote_bytes("abcdef", 6) == "\"abcdef\"");
  CHECK(quote_bytes("abcdef", 3) == "\"abc\"... (6 bytes)");
  CHECK(quote_bytes(std::string(33, 'x')) == "\"" + std::string(32, 'x') + "\"... (33 bytes)");
}

TEST_CASE("join puts the separator between all parts, empty ones too") {
  CHECK(join({}, ", ").empty());
  CHECK(join({"a"}, ", ") == "a");
  CHECK(join({"a", "b"}, ", ") == "a, b");
  CHECK(join({"", "b", ""}, ",") == ",b,");
}

TEST_CASE("glob_match matches the whole text") {
  CHECK(glob_match("", ""));
  CHECK(glob_match("pipe.eof", "pipe.eof"));
  CHECK_FALSE(glob_match("pipe", "pipe.eof"));
  CHECK_FALSE(glob_match("", "x"));
}

TEST_CASE("glob_match: * is any text, ? one character") {
  CHECK(glob_match("*", ""));
  CHECK(glob_match("pipe.*", "pipe.eof.last-writer"));
  CHECK(glob_match("*eof*", "pipe.eof.last-writer"));
  CHECK(glob_match("p?pe.*r", "pipe.eof.last-writer"));
  CHECK(glob_match("a*b*c", "a-b-b-c"));
  CHECK_FALSE(glob_match("a*b*c", "a-b-b-d"));
  CHECK_FALSE(glob_match("?", ""));
  CHECK_FALSE(glob_match("??", "a"));
}

TEST_CASE("glob_match: a * in the text is a character like any other") {
  CHECK(glob_match("*", "*a"));
  CHECK(glob_match("*b", "*a*b"));
  CHECK(glob_match("?a", "*a"));
}

}  // namespace
}  // namespace kipc
