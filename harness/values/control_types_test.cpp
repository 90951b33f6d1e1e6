#include "values/control_types.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/catch.hpp"
#include "values/sockopt_type.hpp"
#include "values/test_env.hpp"

namespace kipc {
namespace {}  // namespace

TEST_CASE("control messages lie as the CMSG macros expect them") {
  TestBench bench;
  bind_fd(bench, "w", 7);
  const Slot slot =
      bench.marshal(control_type(), R"([{"cmsg_type": "SCM_RIGHTS", "fds": ["w", 3, {"times": 2, "of": "w"}]},)"
                                    R"({"cmsg_type": "SCM_CREDENTIALS", "ucred": {"pid": 5, "uid": 6, "gid": 7}}])");
  CHECK(slot.n == CMSG_SPACE(4 * sizeof(int)) + CMSG_SPACE(sizeof(ucred)));
  msghdr message{};
  message.msg_control = slot.p;
  message.msg_controllen = slot.n;
  const cmsghdr* first = CMSG_FIRSTHDR(&message);
  REQUIRE(first != nullptr);
  CHECK(first->cmsg_type == SCM_RIGHTS);
  CHECK(first->cmsg_level == SOL_SOCKET);
  CHECK(first->cmsg_len == CMSG_LEN(4 * sizeof(int)));
  const std::vector<ControlItem> items = read_control(slot.p, slot.n);
  REQUIRE(items.size() == 2);
  CHECK(items[0].fds() == std::vector<int>{7, 3, 7, 7});
  CHECK(items[1].cmsg_type == SCM_CREDENTIALS);
  CHECK(items[1].fds().empty());
}

TEST_CASE("a raw control part may lie about its lengths and be misaligned") {
  TestBench bench;
  const Slot slot = bench.marshal(
      control_type(), R"json({"msg_controllen": "CMSG_SPACE(sizeof(int))", "misaligned_by": 1, )json"
                      R"json("raw": [{"cmsg_len": 1000, "cmsg_level": 77, "cmsg_type": 99, "ints": [1]}]})json");
  CHECK(slot.n == CMSG_SPACE(sizeof(int)));
  CHECK(reinterpret_cast<std::uintptr_t>(slot.p) % 4 == 1);
  cmsghdr header{};
  std::memcpy(&header, slot.p, sizeof header);
  CHECK(header.cmsg_len == 1000);
  CHECK(header.cmsg_level == 77);
  CHECK(header.cmsg_type == 99);
  CHECK(bench.marshal(control_type(), R"("null")").p == nullptr);
}

TEST_CASE("what came is compared item by item") {
  TestBench bench;
  const int fds[] = {3, 4};
  const ucred creds{5, 6, 7};
  const std::string flat = pack_control(
      {ControlItem{CMSG_LEN(sizeof fds), SOL_SOCKET, SCM_RIGHTS, {reinterpret_cast<const char*>(fds), sizeof fds}},
       ControlItem{CMSG_LEN(sizeof creds),
                   SOL_SOCKET,
                   SCM_CREDENTIALS,
                   {reinterpret_cast<const char*>(&creds), sizeof creds}}});
  const Type& type = control_buffer_type();
  CHECK(bench
            .mismatch(type,
                      R"json([{"cmsg_type": "SCM_RIGHTS", "cmsg_level": "SOL_SOCKET", "fds": 2, )json"
                      R"json("cmsg_len": "CMSG_LEN(2 * sizeof(int))"}, {"ucred": {"uid": 6}}])json",
                      flat)
            .empty());
  CHECK(bench.mismatch(type, R"([{"fds": 3}, {}])", flat) == "fds of control message 0 is 2, not 3");
  CHECK(bench.mismatch(type, R"([{}, {"ucred": {"pid": 9}}])", flat) ==
        "ucred of control message 1 is pid is 5, not 9");
  CHECK(bench.mismatch(type, "[]", flat).find("2 came, not 0: ") == 0);
  CHECK(type.print(flat).find("cmsg_type=SCM_RIGHTS, fds=2}") != std::string::npos);
  CHECK(type.print(flat).find("ucred={pid=5, uid=6, gid=7}") != std::string::npos);
}

TEST_CASE("descriptors that came are bound in order, and those without a name are closed") {
  TestBench bench;
  std::vector<int> fds;
  for (int i = 0; i < 3; ++i) fds.push_back(::open("/dev/null", O_RDONLY));
  const Slot slot = bench.marshal(received_fds_type(), R"(["p", "q"])");
  bench.frame.slots[6] = slot;
  bind_received_fds(bench.frame, 6, fds);
  REQUIRE(bench.frame.result.bindings.size() == 2);
  CHECK(bench.frame.result.bindings[1].value == fds[1]);
  CHECK(bench.mismatch(received_fds_type(), "3", bench.frame.result.out(6)->bytes).empty());
  CHECK(bench.mismatch(received_fds_type(), "2", bench.frame.result.out(6)->bytes) == "3, not 2");
  CHECK(::close(fds[2]) == -1);
  CHECK(::close(fds[1]) == 0);
  CHECK(::close(fds[0]) == 0);
}

TEST_CASE("an array takes as many descriptors as came") {
  TestBench bench;
  const Slot slot = bench.marshal(received_fds_type(), R"(["got[*]"])");
  bench.frame.slots[6] = slot;
  bind_received_fds(bench.frame, 6, {1000, 1001});
  CHECK(bench.frame.result.bindings.size() == 2);
  const Slot second = bench.marshal(fd_type(), R"("got[1]")");
  CHECK(second.i == 1001);
}

TEST_CASE("control messages are read strictly") {
  TestBench bench;
  const auto problem = [&](const Type& type, const char* json, const char* part) {
    return bench.problem(type, json).find(part) != std::string::npos;
  };
  CHECK(problem(control_type(), R"([{"cmsg_typ": "SCM_RIGHTS"}])", "'cmsg_type'"));
  CHECK(problem(control_type(), R"([{"fds": []}])", "a \"cmsg_type\""));
  CHECK(problem(control_type(), R"([{"cmsg_type": "SCM_RIGHTS", "fds": [], "ints": []}])", "one of fds"));
  CHECK(problem(control_type(), R"({"msg_controllen": 3})", "\"raw\""));
  CHECK(problem(control_buffer_type(), R"({"misaligned_by": 3})", "\"msg_controllen\""));
  CHECK(problem(received_fds_type(), R"("p")", "a list of names"));
}

TEST_CASE("an integer option may have the wrong size") {
  TestBench bench;
  const Slot slot = bench.marshal(integer_option(), R"("2 + 3")");
  CHECK(slot.n == sizeof(int));
  CHECK(*slot.as<int>() == 5);
  CHECK(bench.marshal(integer_option(), R"({"hex": "0000"})").n == 2);
  CHECK(bench.marshal(integer_option(), R"("null")").p == nullptr);
}

}  // namespace kipc
