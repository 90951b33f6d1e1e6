// The audit is proven against planted leaks: what it must find, and what it must never touch.
#include "engine/audit.hpp"

#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/catch.hpp"
#include "engine/space.hpp"

using namespace kipc;

namespace {

const char* kCase =
    R"({"id": "self.test.case", "title": "t", "asserts": ["x"], "script": [{"as": "a", "call": "getpid"}]})";

struct Setting {
  Case source = load_case(kCase, "self.json");
  std::unique_ptr<Program> program = compile(source, source.variants[0]);
  Mapping memory = std::move(*Mapping::shared(Board::bytes_for(*program)));
  Board board{memory.get(), *program};
};

void record(const Board& board, const char* kind, std::int64_t id, const char* name) {
  Created& made = board.created(board.header().created_count.fetch_add(1));
  std::strncpy(made.kind, kind, sizeof made.kind - 1);
  made.id = id;
  std::strncpy(made.name, name, sizeof made.name - 1);
}

bool has(const std::vector<Remaining>& found, const std::string& kind, std::int64_t id) {
  return std::any_of(found.begin(), found.end(), [&](const Remaining& r) { return r.kind == kind && r.id == id; });
}

}  // namespace

TEST_CASE("the audit lists planted System V objects, recorded or not, in a namespace of its own") {
  if (!sandbox_ability().ipc || sandbox_ability().with_user) return;
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    if (::unshare(CLONE_NEWIPC) != 0) ::_exit(9);
    const Setting setting;
    const int msg = ::msgget(IPC_PRIVATE, 0600);
    const int sem = ::semget(IPC_PRIVATE, 1, 0600);
    const int shm = ::shmget(IPC_PRIVATE, 4096, 0600);
    AuditScope scope;
    scope.private_ipc = true;
    const auto found = remaining_objects(setting.board, scope);
    ::_exit(found.size() == 3 && has(found, "msg", msg) && has(found, "sem", sem) && has(found, "shm", shm) ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(status == 0);
}

TEST_CASE("without a namespace only what was recorded is listed and swept; other people's objects stay") {
  const Setting setting;
  const int ours = ::msgget(IPC_PRIVATE, 0600);
  const int theirs = ::msgget(IPC_PRIVATE, 0600);
  REQUIRE(ours >= 0);
  REQUIRE(theirs >= 0);
  const std::string name = "/kipc-audit-test." + std::to_string(::getpid());
  const std::string other = name + ".other";
  const Fd kept(::shm_open(name.c_str(), O_CREAT | O_RDWR, 0600));
  const Fd kept_other(::shm_open(other.c_str(), O_CREAT | O_RDWR, 0600));
  record(setting.board, "msg", ours, "");
  record(setting.board, "name", 0, name.c_str());

  const AuditScope scope;
  const auto found = remaining_objects(setting.board, scope);
  CHECK(has(found, "msg", ours));
  CHECK_FALSE(has(found, "msg", theirs));
  sweep(setting.board);
  msqid_ds status{};
  CHECK(::msgctl(ours, IPC_STAT, &status) == -1);
  CHECK(::msgctl(theirs, IPC_STAT, &status) == 0);
  CHECK(Fd(::shm_open(name.c_str(), O_RDWR, 0)).get() == -1);
  CHECK(Fd(::shm_open(other.c_str(), O_RDWR, 0)).get() >= 0);
  ::msgctl(theirs, IPC_RMID, nullptr);
  ::shm_unlink(other.c_str());
}

TEST_CASE("without a pid namespace orphans that are no actors are ended too, and it comes to an end") {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const Setting setting;
    const pid_t between = ::fork();
    if (between == 0) {
      if (::fork() == 0)
        for (;;) ::pause();
      ::_exit(0);
    }
    if (::waitpid(between, nullptr, 0) != between) ::_exit(8);
    const auto strays = end_processes(setting.board, AuditScope{});
    ::_exit(strays.size() == 1 && strays[0].kind == "process" && ::waitpid(-1, nullptr, WNOHANG) == -1 ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(status == 0);
}

TEST_CASE("children that nothing names are said, not waited for") {
  if (!sandbox_ability().mount || sandbox_ability().with_user) return;
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", "/proc", "tmpfs", 0, nullptr) != 0)
      ::_exit(9);
    const Setting setting;
    const pid_t child = ::fork();
    if (child == 0)
      for (;;) ::pause();
    const auto strays = end_processes(setting.board, AuditScope{});
    const bool said = strays.size() == 1 && strays[0].kind == "nameless";
    ::kill(child, SIGKILL);
    ::_exit(said ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(status == 0);
}
