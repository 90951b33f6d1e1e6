#include "judge/known.hpp"

#include <set>

#include "base/catch.hpp"
#include "model/node.hpp"

using namespace kipc;

namespace {

const char* kText = R"({"deviations": [{"id": "d", "platform": {"kernel": "Linux", "kernel_since": "6.17"},
  "variants": "a.b*", "expect": {"status": "FAIL", "got": "1"}, "why": "counts too much", "clause": "man page"}]})";

Verdict failed(const char* got) {
  Verdict verdict;
  verdict.status = Status::fail;
  verdict.reason = std::string("ioctl: expected 0, got ") + got;
  verdict.got = got;
  verdict.assertions = {{"x.y", AssertionOutcome::What::failed, ""}, {"x.z", AssertionOutcome::What::verified, ""}};
  return verdict;
}

std::string problem_of(const std::string& members) {
  try {
    read_deviations(R"({"deviations": [{)" + members + "}]}", "d.json");
  } catch (const CaseError& error) {
    return error.problem.text();
  }
  return "no problem";
}

Verdict with(Status status, const char* reason) {
  Verdict verdict;
  verdict.status = status;
  verdict.reason = reason;
  return verdict;
}

}  // namespace

TEST_CASE("releases compare by their numbers") {
  CHECK(compare_releases("6.18.44-fc-v669", "6.17") > 0);
  CHECK(compare_releases("6.9", "6.17") < 0);
  CHECK(compare_releases("6.17", "6.17.0") == 0);
  CHECK(compare_releases("5.10.0-46-amd64", "5.10") == 0);
}

TEST_CASE("a known failure is XFAIL, another one stays, one that is gone is XPASS") {
  const auto known = read_deviations(kText, "d.json");
  Verdict same = failed("1");
  apply_deviations(same, "a.b[x=1]", known);
  CHECK(same.status == Status::xfail);
  CHECK(same.deviation == "d");
  CHECK(same.reason == "known deviation d: counts too much (ioctl: expected 0, got 1)");
  for (const char* got : {"2", "10", "-1", ""}) {  // another wrong answer, however alike
    Verdict other = failed(got);
    apply_deviations(other, "a.b", known);
    INFO(got);
    CHECK(other.status == Status::fail);
    CHECK(other.deviation.empty());
  }
  Verdict elsewhere = failed("1");
  apply_deviations(elsewhere, "c.d", known);
  CHECK(elsewhere.status == Status::fail);
  Verdict hang = failed("1");
  hang.standing.emplace_back("p: asleep");
  apply_deviations(hang, "a.b", known);
  CHECK(hang.status == Status::fail);
  for (const Status status : {Status::error, Status::miss, Status::skip, Status::done}) {
    Verdict stays = failed("1");
    stays.status = status;
    apply_deviations(stays, "a.b", known);
    CHECK(stays.status == status);
  }
  Verdict gone = with(Status::pass, "");
  apply_deviations(gone, "a.b", known);
  CHECK(gone.status == Status::xpass);
  CHECK(gone.deviation == "d");
  CHECK(row_of(gone.status).exit_code == 1);
}

TEST_CASE("a deviation of an assertion concerns the variants that failed, or held, on it") {
  auto known = read_deviations(kText, "d.json");
  known[0].variants = "";
  known[0].assertion = "x.y";
  Verdict same = failed("1");
  apply_deviations(same, "any.case", known);
  CHECK(same.status == Status::xfail);
  known[0].assertion = "x.z";  // it held
  Verdict other = failed("1");
  apply_deviations(other, "any.case", known);
  CHECK(other.status == Status::fail);
  Verdict held = failed("1");
  held.status = Status::pass;
  apply_deviations(held, "any.case", known);
  CHECK(held.status == Status::xpass);
}

TEST_CASE("a deviation is of the platforms that its facts and versions choose") {
  const auto read = [](const std::string& platform) {
    return read_deviations(R"({"deviations": [{"id": "d", "platform": {)" + platform +
                               R"(}, "variants": "*", "expect": {"status": "FAIL", "got": "1"}, "why": "w",
                               "clause": "c"}]})",
                           "d.json")[0];
  };
  Fingerprint p;
  p.kernel = "Linux";
  p.kernel_release = "6.18.44-fc";
  p.libc = "glibc";
  p.libc_version = "2.36";
  p.virtualisation = "gVisor";
  p.config_options = {{"SYSVIPC", "y"}};
  p.sysctls = {{"kernel.sem", "32000 1024000000 500 32000"}};
  p.euid = 0;
  const PlatformFacts facts = facts_of(p);
  for (const char* fits :
       {"", R"("kernel": "Linux")", R"("kernel_since": "6.17")", R"("kernel_since": "6.18.44", "kernel_until": "6.19")",
        R"("libc": "glibc", "libc_since": "2.30", "libc_until": "2.37")", R"("virtualisation": "gVisor*")",
        R"("config.SYSVIPC": "y", "user": "root")", R"("sysctl.kernel.sem": "32000 *")"}) {
    INFO(fits);
    CHECK(known_of(read(fits), facts));
  }
  for (const char* other :
       {R"("kernel": "FreeBSD")", R"("kernel_since": "6.19")", R"("kernel_until": "6.18")", R"("libc": "musl")",
        R"("libc_until": "2.36")", R"("virtualisation": "KVM")", R"("config.SYSVIPC": "n")",
        R"("config.POSIX_MQUEUE": "?")", R"("container": "*")", R"("user": "other")"}) {
    INFO(other);
    CHECK_FALSE(known_of(read(other), facts));
  }
  CHECK(known_of({read(R"("libc": "musl")"), read(R"("libc": "glibc")")}, p).size() == 1);
  p.kernel_release = "5.10.0-46-cloud-amd64";
  p.kernel_version = "#1 SMP Debian 5.10.262-1 (2026-08-01)";
  CHECK_FALSE(known_of(read(R"("kernel_until": "5.10.56")"), facts_of(p)));
  CHECK(known_of(read(R"("kernel_since": "5.10.262", "kernel_until": "5.10.263")"), facts_of(p)));
}

TEST_CASE("a deviation must say what it is") {
  const std::string rest = R"(, "variants": "v", "why": "w", "clause": "c")";
  const std::string expect = R"(, "expect": {"status": "FAIL", "got": "1"})";
  CHECK(problem_of(R"("id": "x")" + rest + expect) == "no problem");
  CHECK(problem_of(R"("id": "x")" + rest) ==
        "d.json:1: /deviations/0: expected a deviation with id, expect (status and got), why and clause, got an object "
        "with 'id', 'variants', 'why', 'clause'");
  CHECK(problem_of(R"("id": "x", "why": "w", "clause": "c")" + expect).find("variants or assertion") !=
        std::string::npos);
  CHECK(problem_of(R"("id": "x", "varaints": "v")").find("did you mean 'variants'?") != std::string::npos);
  CHECK(problem_of(R"("id": "x", "expect": {"status": "ERROR", "got": "1"})").find("never a known deviation") !=
        std::string::npos);
  CHECK(problem_of(R"("id": "x", "platform": {"kernal": "Linux"})").find("a fact of a platform") != std::string::npos);
  CHECK(problem_of(R"("id": "x", "platform": {"libc": 1})").find("a fact of a platform") != std::string::npos);
}

TEST_CASE("the shipped deviations can be read, each with an id of its own") {
  std::set<std::string> ids;
  for (const Deviation& deviation : embedded_deviations()) CHECK(ids.insert(deviation.id).second);
  CHECK_FALSE(ids.empty());
}
