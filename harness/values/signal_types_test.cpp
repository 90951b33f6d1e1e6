#include "values/signal_types.hpp"

#include <unistd.h>

#include "base/catch.hpp"
#include "values/test_env.hpp"

namespace kipc {
namespace {

template <typename T>
std::string_view bytes_of(const T& object) {
  return {reinterpret_cast<const char*>(&object), sizeof object};
}

siginfo_t queued() {
  siginfo_t info = {};
  info.si_signo = SIGRTMIN + 1;
  info.si_code = SI_QUEUE;
  info.si_pid = 12;
  info.si_uid = 7;
  info.si_value.sival_int = -3;
  return info;
}

}  // namespace

TEST_CASE("a siginfo_t is flattened by what its code says") {
  const SigInfo flat = flatten(queued());
  CHECK(flat.signo == SIGRTMIN + 1);
  CHECK(flat.pid == 12);
  CHECK(flat.value == -3);
  CHECK(flat.fd == 0);
  CHECK(siginfo_type().print(bytes_of(flat)) ==
        "{si_signo=SIGRTMIN+1, si_code=SI_QUEUE, si_pid=12, si_uid=7, si_value=-3}");

  siginfo_t died = {};
  died.si_signo = SIGCHLD;
  died.si_code = CLD_KILLED;
  died.si_pid = 5;
  died.si_status = SIGKILL;
  CHECK(siginfo_type().print(bytes_of(flatten(died))) ==
        "{si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=5, si_uid=0, si_status=SIGKILL}");
  died.si_code = CLD_EXITED;
  died.si_status = 9;
  CHECK(siginfo_type().print(bytes_of(flatten(died))) ==
        "{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=5, si_uid=0, si_status=9}");
}

TEST_CASE("a siginfo_t is compared by the fields that are named") {
  TestBench bench;
  const SigInfo flat = flatten(queued());
  const Type& type = siginfo_type();
  CHECK(bench
            .mismatch(type, R"({"si_signo": "SIGRTMIN+1", "si_code": "SI_QUEUE", "si_value": -3, "si_pid": "> 0"})",
                      bytes_of(flat))
            .empty());
  CHECK(bench.mismatch(type, R"({"si_value": 2})", bytes_of(flat)) == "si_value is -3, not 2");
  CHECK(bench.mismatch(type, R"({"si_code": "SI_USER"})", bytes_of(flat)) == "si_code is SI_QUEUE, not SI_USER");
  CHECK(bench.mismatch(type, R"({"si_signo": "SIGUSR1"})", bytes_of(flat)) == "si_signo is SIGRTMIN+1, not SIGUSR1");
  CHECK(bench.problem(type, R"({"si_sino": 1})").find("did you mean 'si_signo'") != std::string::npos);
  CHECK(bench.problem(type, R"({"si_code": "SI_QUEU"})").find("did you mean 'SI_QUEUE'") != std::string::npos);
}

TEST_CASE("a siginfo_t of the caller's making, and one that is bound") {
  TestBench bench;
  const Slot slot = bench.marshal(
      siginfo_type(), R"({"si_signo": "SIGUSR1", "si_code": "SI_QUEUE", "si_pid": 3, "si_uid": 4, "si_value": 5})");
  REQUIRE(slot.p != nullptr);
  const auto* info = slot.as<siginfo_t>();
  CHECK(info->si_signo == SIGUSR1);
  CHECK(info->si_code == SI_QUEUE);
  CHECK(info->si_pid == 3);
  CHECK(info->si_value.sival_int == 5);
  CHECK(bench.marshal(siginfo_type(), R"("null")").p == nullptr);
  CHECK(bench.marshal(siginfo_type(), R"("told")").p != nullptr);
  CHECK(bench.problem(integer_type(), R"("told.si_pid")").empty());
}

TEST_CASE("sets of signals") {
  TestBench bench;
  const Slot slot = bench.marshal(signal_set_type(), R"(["SIGUSR1", "SIGRTMIN+1"])");
  REQUIRE(slot.p != nullptr);
  CHECK(::sigismember(slot.as<sigset_t>(), SIGUSR1) == 1);
  CHECK(::sigismember(slot.as<sigset_t>(), SIGRTMIN) == 0);
  CHECK_THROWS_AS(bench.marshal(signal_set_type(), "[0]"), EvalError);
  CHECK(bench.marshal(signal_set_type(), R"("null")").p == nullptr);

  const SignalBits bits = flatten(*bench.marshal(signal_set_type(), R"(["SIGRTMIN+1", "SIGUSR1"])").as<sigset_t>());
  const Type& out = out_signal_set_type();
  CHECK(out.print(bytes_of(bits)) == "[SIGUSR1, SIGRTMIN+1]");
  CHECK(bench.mismatch(out, R"(["SIGUSR1", "SIGRTMIN+1"])", bytes_of(bits)).empty());
  CHECK(bench.mismatch(out, "[]", bytes_of(bits)) == "[SIGUSR1, SIGRTMIN+1], not []");
  CHECK(bench.mismatch(out, R"({"has": ["SIGUSR1"], "lacks": ["SIGKILL"]})", bytes_of(bits)).empty());
  CHECK(bench.mismatch(out, R"({"lacks": ["SIGUSR1"]})", bytes_of(bits)) ==
        "[SIGUSR1, SIGRTMIN+1], not without [SIGUSR1]");
  CHECK_FALSE(bench.problem(out, R"(["SIGUSR1"])").empty());
}

TEST_CASE("actions of signals") {
  TestBench bench;
  const Slot slot = bench.marshal(sigaction_type(),
                                  R"({"sa_handler": "SIG_IGN", "sa_flags": ["SA_RESTART"], "sa_mask": ["SIGUSR2"]})");
  REQUIRE(slot.p != nullptr);
  const auto& action = *slot.as<struct sigaction>();
  CHECK(action.sa_handler == SIG_IGN);
  CHECK(action.sa_flags == SA_RESTART);
  CHECK(::sigismember(&action.sa_mask, SIGUSR2) == 1);
  CHECK((bench.marshal(sigaction_type(), R"({"sa_sigaction": "log"})").as<struct sigaction>()->sa_flags & SA_SIGINFO) !=
        0);
  CHECK(bench.marshal(sigaction_type(), R"("null")").p == nullptr);
  CHECK_FALSE(bench.problem(sigaction_type(), R"({"sa_flags": []})").empty());
  CHECK_FALSE(bench.problem(sigaction_type(), R"({"sa_sigaction": "SIG_DFL"})").empty());
  CHECK(bench.problem(sigaction_type(), R"({"sa_handler": "SIG_DFL", "sa_flag": []})").find("'sa_flags'") !=
        std::string::npos);

  const SigAction flat = flatten(action, nullptr);
  const Type& out = out_sigaction_type();
  CHECK(out.print(bytes_of(flat)) == "{sa_handler=SIG_IGN, sa_flags=SA_RESTART, sa_mask=[SIGUSR2]}");
  CHECK(bench.mismatch(out, R"({"sa_handler": "SIG_IGN", "sa_mask": ["SIGUSR2"]})", bytes_of(flat)).empty());
  CHECK(bench.mismatch(out, R"({"sa_handler": "SIG_DFL"})", bytes_of(flat)) == "sa_handler is SIG_IGN, not SIG_DFL");
  CHECK(bench.mismatch(out, R"({"sa_flags": []})", bytes_of(flat)).starts_with("sa_flags is SA_RESTART, not"));
}

}  // namespace kipc
