#include "values/sigevent.hpp"

#include <signal.h>

#include "base/catch.hpp"
#include "values/test_env.hpp"

namespace kipc {

TEST_CASE("a sigevent is read by its fields") {
  TestBench bench;
  const Slot slot =
      bench.marshal(sigevent_type(), R"({"sigev_notify": "SIGEV_SIGNAL", "sigev_signo": "SIGUSR1", "sigev_value": 7})");
  const auto* event = slot.as<sigevent>();
  CHECK(event->sigev_notify == SIGEV_SIGNAL);
  CHECK(event->sigev_signo == SIGUSR1);
  CHECK(event->sigev_value.sival_int == 7);
  CHECK(bench.marshal(sigevent_type(), R"("null")").p == nullptr);
  CHECK(bench.marshal(sigevent_type(), R"("unmapped")").p == bench.buffers[1].guard());
  CHECK(bench.marshal(sigevent_type(), R"({"sigev_notify": 77})").as<sigevent>()->sigev_notify == 77);
}

TEST_CASE("SIGEV_THREAD makes an actor") {
  TestBench bench;
  bench.marshal(sigevent_type(), R"({"sigev_notify": "SIGEV_THREAD", "sigev_value": 42, "starts": "first"})");
  REQUIRE(bench.scope.find_group("first") != nullptr);
  REQUIRE(bench.host.expected_threads.size() == 1);
  CHECK(bench.host.expected_threads[0] == std::make_pair(std::int64_t{42}, bench.scope.find_group("first")->base));
}

TEST_CASE("a sigevent that makes no sense is refused") {
  TestBench bench;
  const auto says = [&](const char* json, const char* text) {
    return bench.problem(sigevent_type(), json).find(text) != std::string::npos;
  };
  CHECK(says("5", "a sigevent"));
  CHECK(says(R"({"sigev_signo": "SIGUSR1"})", "\"sigev_notify\""));
  CHECK(says(R"({"sigev_notify": "SIGEV_THREAD"})", "\"starts\""));
  CHECK(says(R"({"sigev_notify": "SIGEV_NONE", "starts": "a"})", "SIGEV_THREAD only"));
  CHECK(says(R"({"sigev_notify": "SIGEV_NONE", "sigev_sigo": 1})", "did you mean 'sigev_signo'"));
}

}  // namespace kipc
