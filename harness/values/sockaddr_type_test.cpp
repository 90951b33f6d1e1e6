#include "values/sockaddr_type.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "base/catch.hpp"
#include "values/test_env.hpp"

namespace kipc {
namespace {

constexpr std::size_t kPathAt = offsetof(sockaddr_un, sun_path);

/// The address as a call would give it back.
std::string record_of(const Slot& slot) {
  SockaddrRecord record;
  record.addrlen = static_cast<std::uint32_t>(slot.n);
  record.stored = record.addrlen;
  std::memcpy(record.bytes, slot.p, slot.n);
  return {reinterpret_cast<const char*>(&record), sizeof record};
}

}  // namespace

TEST_CASE("a path is counted with its NUL unless it fills sun_path") {
  TestBench bench;
  CHECK(bench.marshal(sockaddr_type(), R"({"sun_path": "s"})").n == kPathAt + 2);
  CHECK(bench.marshal(sockaddr_type(), R"({"sun_path": {"fill": "p", "length": 107}})").n == kPathAt + 108);
  CHECK(bench.marshal(sockaddr_type(), R"({"sun_path": {"fill": "p", "length": 108}})").n == kPathAt + 108);
  CHECK(bench.marshal(sockaddr_type(), R"({"sun_path": {"fill": "p", "length": 109}})").n == kPathAt + 110);
  CHECK(bench.marshal(sockaddr_type(), R"({"unnamed": true})").n == sizeof(sa_family_t));
  CHECK(bench.marshal(sockaddr_type(), R"({"abstract": "ab"})").n == kPathAt + 3);
  CHECK(bench.marshal(sockaddr_type(), R"({"raw": {"hex": "0100"}})").n == 2);
  CHECK(bench.marshal(sockaddr_type(), R"("null")").p == nullptr);
}

TEST_CASE("a family may stand alone or replace that of a form") {
  TestBench bench;
  const Slot unspecified = bench.marshal(sockaddr_type(), R"({"sa_family": "AF_UNSPEC"})");
  CHECK(unspecified.n == sizeof(sockaddr));
  CHECK(unspecified.as<sockaddr>()->sa_family == AF_UNSPEC);
  const Slot wrong = bench.marshal(sockaddr_type(), R"({"sun_path": "s", "sa_family": "AF_INET"})");
  CHECK(wrong.as<sockaddr>()->sa_family == AF_INET);
}

TEST_CASE("an address that came back is compared by what is named") {
  TestBench bench;
  const std::string path = record_of(bench.marshal(sockaddr_type(), R"({"sun_path": "s{1 + 1}"})"));
  const Type& type = out_sockaddr_type();
  CHECK(type.print(path) == "{sun_path=\"s2\"}");
  CHECK(bench.mismatch(type, R"({"sun_path": "s2", "sa_family": "AF_UNIX"})", path).empty());
  CHECK(bench.mismatch(type, R"({"sun_path": "t"})", path) == "\"s2\", not \"t\"");
  CHECK(bench.mismatch(type, R"({"abstract": "s2"})", path) == "{sun_path=\"s2\"}, not an abstract name");
  CHECK(bench.mismatch(type, R"({"unnamed": true})", path) == "{sun_path=\"s2\"}, not unnamed");
  CHECK(bench.mismatch(type, R"({"sa_family": "AF_INET"})", path).find("sa_family is ") == 0);

  const std::string abstract = record_of(bench.marshal(sockaddr_type(), R"({"abstract": {"hex": "610062"}})"));
  CHECK(bench.mismatch(type, R"({"abstract": {"hex": "610062"}})", abstract).empty());
  CHECK_FALSE(bench.mismatch(type, R"({"abstract": "a"})", abstract).empty());

  const std::string in4 = record_of(bench.marshal(sockaddr_type(), R"({"sin": {"addr": "127.0.0.1", "port": 80}})"));
  CHECK(type.print(in4) == "{sin=127.0.0.1:80}");
  CHECK(bench.mismatch(type, R"({"sin": {"addr": "loopback", "port": "> 0"}})", in4).empty());
  CHECK(bench.mismatch(type, R"({"sin": {"port": 81}})", in4) == "port is 80, not 81");
  CHECK(bench.mismatch(type, R"({"sin": {"addr": "any"}})", in4) == "{sin=127.0.0.1:80}, not that address");

  const std::string none(sizeof(SockaddrRecord), '\0');
  CHECK(bench.mismatch(type, R"({"unnamed": true})", none).empty());
  CHECK(type.print(none) == "{}");
}

TEST_CASE("what a call stored is reported, bound, and given again") {
  TestBench bench;
  bench.frame.slots[1] = bench.marshal(out_sockaddr_type(), R"("peer")");
  const Arg peer = bench.arg;
  bench.frame.slots[1].arg = &peer;
  SockaddrBuffer buffer(bench.frame, bench.frame.slots[1], Slot{});
  sockaddr_in in4{};
  in4.sin_family = AF_INET;
  in4.sin_port = htons(77);
  std::memcpy(buffer.address(), &in4, sizeof in4);
  *buffer.length() = sizeof in4;
  buffer.report(1, 2, 3);
  CHECK_FALSE(bench.frame.result.overrun);
  CHECK(bench.mismatch(integer_type(), "77", bench.frame.result.out(3)->bytes).empty());
  const std::string_view out = bench.frame.result.out(1)->bytes;
  REQUIRE(out.size() == bench.scope.find_name("peer")->structure->size);
  std::memcpy(bench.env.blob(bench.scope.find_name("peer")->blob), out.data(), out.size());
  const Slot again = bench.marshal(sockaddr_type(), R"({"from": "peer"})");
  CHECK(again.n == sizeof in4);
  CHECK(std::memcmp(again.p, &in4, sizeof in4) == 0);
}

TEST_CASE("an address is cut at addrlen, and nothing is written behind it") {
  TestBench bench;
  Slot length;
  length.given = true;
  length.i = 3;
  SockaddrBuffer buffer(bench.frame, Slot{}, length);
  std::memset(buffer.address(), 1, 3);
  *buffer.length() = 20;
  buffer.report(1, 2);
  CHECK_FALSE(bench.frame.result.overrun);
  CHECK(bench.mismatch(integer_type(), "20", bench.frame.result.out(2)->bytes).empty());
  CHECK(bench.mismatch(out_sockaddr_type(), R"({"raw": {"hex": "010101"}})", bench.frame.result.out(1)->bytes).empty());
  std::memset(buffer.address(), 1, 4);
  buffer.report(1, 2);
  CHECK(bench.frame.result.overrun);
}

TEST_CASE("an address has one form, and its keys are known") {
  TestBench bench;
  CHECK(bench.problem(sockaddr_type(), R"({"sun_pth": "s"})").find("'sun_path'") != std::string::npos);
  CHECK(bench.problem(sockaddr_type(), R"({"sun_path": "s", "abstract": "t"})").find("one form") != std::string::npos);
  CHECK(bench.problem(sockaddr_type(), R"({"sin": {"addr": "localhost"}})").find("\"loopback\"") != std::string::npos);
  CHECK(bench.problem(sockaddr_type(), R"({"from": "x"})").find("a bound address") != std::string::npos);
  CHECK(bench.problem(sockaddr_type(), R"("s")").find("an address") != std::string::npos);
  CHECK(bench.problem(out_sockaddr_type(), R"({"sun_path": "s"})").find("belongs in") != std::string::npos);
}

}  // namespace kipc
