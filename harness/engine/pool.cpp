// Worker processes: each runs one variant at a time and sends what came of it. A worker that dies costs one result.
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "engine/board.hpp"
#include "engine/conductor.hpp"
#include "engine/in_place.hpp"
#include "engine/run.hpp"
#include "engine/space.hpp"
#include "platform/clone_memory.hpp"

namespace kipc {
namespace {

bool send_all(int fd, const void* bytes, std::size_t size) {
  const auto* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t n = ::send(fd, at, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool receive_all(int fd, void* bytes, std::size_t size) {
  auto* at = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t n = ::recv(fd, at, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

constexpr int kLost = 70;  // a worker's exit status when it cannot go on

struct Header {
  std::uint64_t job = 0;
  std::uint64_t size = 0;
  std::int64_t duration_ns = 0;
};

/// One core per worker: a wake-up across cores costs ten times one on the same core.
void pin_to_core(std::size_t worker) {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  const int count = CPU_COUNT(&allowed);
  if (count <= 0) return;
  int skip = static_cast<int>(worker) % count;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || skip-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ::sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

[[noreturn]] void work_for_ever(int fd, std::size_t number, const std::vector<Job>& jobs,
                                const std::function<std::string(const Job&)>& work) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);  // ^C is for the parent alone, which lets the running variants come to their end
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  // What a large history takes is given back, and does not burden every fork from then on.
  ::mallopt(M_MMAP_THRESHOLD, 1 << 18);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 18);
  pin_to_core(number);
  standard_signals();
  for (;;) {
    std::uint64_t job = 0;
    if (!receive_all(fd, &job, sizeof job)) ::_exit(0);
    const std::int64_t begin = monotonic_ns();
    std::string payload;
    try {
      const Job& given = jobs[static_cast<std::size_t>(job)];
      if (clone_shares_memory()) {
        payload = work(given);
      } else {
        auto text = work_in_child([&] { return work(given); });
        if (!text) ::_exit(kLost);
        payload = std::move(*text);
      }
    } catch (const std::exception& error) {
      ::_exit(kLost);
    }
    const Header header{job, payload.size(), monotonic_ns() - begin};
    if (!send_all(fd, &header, sizeof header) || !send_all(fd, payload.data(), payload.size())) ::_exit(0);
  }
}

/// As the first process of a container kipc is given every orphan of a kernel without PR_SET_CHILD_SUBREAPER. Workers
/// are waited for by those who know them.
template <typename IsWorker>
void reap_orphans(const IsWorker& is_worker) {
  if (::getpid() != 1) return;
  siginfo_t ended{};
  while (::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0 &&
         !is_worker(ended.si_pid)) {
    ::waitpid(ended.si_pid, nullptr, 0);
    ended.si_pid = 0;
  }
}

struct Worker {
  pid_t pid = -1;
  Fd fd;
  bool busy = false;
  bool stuck = false;
  std::size_t job = 0;
  std::int64_t deadline_ns = 0;  // a conductor keeps its own; this one is for a conductor that is stuck itself
};

class Pool {
 public:
  Pool(const std::vector<Job>& jobs, const std::function<std::string(const Job&)>& work, const RunOptions& options)
      : jobs_(jobs), work_(work), patience_ns_(options.job_ns) {
    if (patience_ns_ == 0)
      patience_ns_ = static_cast<std::int64_t>(static_cast<double>(kVariantDeadline) * options.slow) + 30'000'000'000;
  }
  ~Pool() {
    for (Worker& worker : workers_) {
      worker.fd.reset();
      if (worker.pid > 0) ::waitpid(worker.pid, nullptr, 0);
    }
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  bool start(std::size_t number) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
    const pid_t pid = ::fork();
    if (pid < 0) {
      ::close(ends[0]);
      ::close(ends[1]);
      return false;
    }
    if (pid == 0) {
      ::close(ends[0]);
      for (Worker& other : workers_) other.fd.reset();  // or a dead parent's workers would keep each other alive
      work_for_ever(ends[1], number, jobs_, work_);
    }
    ::close(ends[1]);
    if (workers_.size() <= number) workers_.resize(number + 1);
    workers_[number].pid = pid;
    workers_[number].fd = Fd(ends[0]);
    workers_[number].busy = false;
    return true;
  }

  void give(Worker& worker, std::size_t job) {
    const std::uint64_t number = job;
    worker.busy = true;
    worker.job = job;
    worker.deadline_ns = monotonic_ns() + patience_ns_;
    send_all(worker.fd.get(), &number, sizeof number);
  }

  /// What the worker has to say; a dead one is buried and begun anew.
  JobResult hear(std::size_t number) {
    Worker& worker = workers_[number];
    JobResult result;
    Header header;
    result.job = worker.job;
    if (receive_all(worker.fd.get(), &header, sizeof header)) {
      result.payload.resize(static_cast<std::size_t>(header.size));
      if (receive_all(worker.fd.get(), result.payload.data(), result.payload.size())) {
        result.job = static_cast<std::size_t>(header.job);
        result.duration_ns = header.duration_ns;
        worker.busy = false;
        return result;
      }
    }
    int status = 0;
    ::waitpid(worker.pid, &status, 0);
    worker.pid = -1;
    worker.busy = false;
    result.crashed = true;
    result.payload.clear();
    result.crash_text = "the worker was " + status_text(status);
    if (WIFEXITED(status)) result.crash_text = "the worker " + status_text(status);
    if (WIFEXITED(status) && WEXITSTATUS(status) == kLost) result.crash_text = "the conductor was killed";
    if (worker.stuck) result.crash_text = "the conductor was stuck and had to be killed";
    worker.stuck = false;
    start(number);
    return result;
  }

  /// Ends workers whose time is over; their ends can then be heard. Returns how long the next one has, in
  /// milliseconds for poll(), -1 when none is at work.
  int watch() {
    std::int64_t next = -1;
    const std::int64_t now = monotonic_ns();
    for (Worker& worker : workers_) {
      if (!worker.busy || worker.pid <= 0) continue;
      const std::int64_t left = worker.deadline_ns - now;
      if (left <= 0 && !worker.stuck) {
        worker.stuck = true;
        ::kill(worker.pid, SIGKILL);
      }
      if (next < 0 || left < next) next = std::max<std::int64_t>(left, 0);
    }
    return next < 0 ? -1 : static_cast<int>(next / 1'000'000 + 1);
  }

  std::vector<Worker>& workers() { return workers_; }

 private:
  const std::vector<Job>& jobs_;
  const std::function<std::string(const Job&)>& work_;
  std::int64_t patience_ns_;
  std::vector<Worker> workers_;
};

}  // namespace

bool run_jobs(const std::vector<Job>& jobs, const RunOptions& options,
              const std::function<std::string(const Job&)>& work, const std::function<void(const JobResult&)>& done,
              const std::function<bool()>& stop) {
  // Before the fork, so that all workers share it and only this process removes it.
  (void)run_space(options);
  bool complete = true;
  {
    Pool pool(jobs, work, options);
    const std::size_t count = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(options.jobs, 1)), 1,
                                                      std::max<std::size_t>(jobs.size(), 1));
    for (std::size_t i = 0; i < count; ++i)
      if (!pool.start(i)) break;
    std::size_t next = 0;
    std::size_t finished = 0;
    while (finished < jobs.size() && !pool.workers().empty()) {
      const bool stopping = stop && stop();
      bool any = false;
      std::vector<pollfd> waiting;
      for (Worker& worker : pool.workers()) {
        if (!worker.busy && !stopping && next < jobs.size() && worker.pid > 0) pool.give(worker, next++);
        waiting.push_back(pollfd{worker.busy ? worker.fd.get() : -1, POLLIN, 0});
        any = any || worker.busy;
      }
      if (!any) {
        complete = finished == jobs.size();
        break;
      }
      if (::poll(waiting.data(), waiting.size(), pool.watch()) < 0) continue;  // a signal: look whether to stop
      for (std::size_t i = 0; i < waiting.size(); ++i) {
        if ((waiting[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
        done(pool.hear(i));
        ++finished;
      }
      reap_orphans([&](pid_t pid) {
        return std::any_of(pool.workers().begin(), pool.workers().end(),
                           [pid](const Worker& worker) { return worker.pid == pid; });
      });
    }
    complete = complete && finished == jobs.size();
  }
  close_run_space();
  return complete;
}

}  // namespace kipc
