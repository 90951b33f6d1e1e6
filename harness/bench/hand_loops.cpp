#include "bench/hand_loops.hpp"

#include <linux/futex.h>
#include <mqueue.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace kipc::bench {
namespace {

constexpr std::size_t kMost = 65536;
alignas(4096) char out_buffer[kMost];
alignas(4096) char in_buffer[kMost];

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(3);
}
void need(bool fine, const char* what) {
  if (!fine) give_up(what);
}

std::int64_t now() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  need(::sched_setaffinity(0, sizeof set, &set) == 0, "sched_setaffinity");
}

/// The loops themselves. The client's process is a child as well, so that this one stays as it is.
template <typename Client, typename Server>
HandRun time_them(const std::vector<int>& cpus, std::int64_t ns, Client client, Server server) {
  int ends[2];
  need(::pipe(ends) == 0, "pipe");
  const pid_t serving = ::fork();
  need(serving >= 0, "fork");
  if (serving == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(cpus.back());
    for (;;) server();
  }
  const pid_t asking = ::fork();
  need(asking >= 0, "fork");
  if (asking == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(cpus.front());
    constexpr int kFirst = 200;
    std::int64_t begin = now();
    for (int i = 0; i < kFirst; ++i) client();
    const std::int64_t each = (now() - begin) / kFirst + 1;
    for (std::int64_t i = 0; i < ns / 2 / each; ++i) client();  // warm up
    const std::int64_t rounds = ns / each;
    static Histogram times;
    std::int64_t last = now();
    for (std::int64_t i = 0; i < rounds; ++i) {
      client();
      const std::int64_t t = now();
      times.add(static_cast<std::uint64_t>(t - last));
      last = t;
    }
    const HandRun run{times.quantile(0.5), times.quantile(0.99)};
    need(::write(ends[1], &run, sizeof run) == sizeof run, "write");
    ::_exit(0);
  }
  HandRun run;
  ::close(ends[1]);
  need(::read(ends[0], &run, sizeof run) == sizeof run, "read");
  ::close(ends[0]);
  ::kill(serving, SIGKILL);
  ::waitpid(serving, nullptr, 0);
  ::waitpid(asking, nullptr, 0);
  return run;
}

/// Until all has come.
void read_all(int fd, std::size_t size) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = ::read(fd, in_buffer + got, size - got);
    need(n > 0, "read");
    got += static_cast<std::size_t>(n);
  }
}
void write_all(int fd, std::size_t size) { need(::write(fd, out_buffer, size) == static_cast<ssize_t>(size), "write"); }

HandRun pipes(const std::vector<int>& cpus, std::int64_t ns, std::size_t size) {
  int there[2];
  int back[2];
  need(::pipe(there) == 0 && ::pipe(back) == 0, "pipe");
  const auto run = time_them(
      cpus, ns,
      [&] {
        write_all(there[1], size);
        read_all(back[0], size);
      },
      [&] {
        read_all(there[0], size);
        write_all(back[1], size);
      });
  for (const int fd : {there[0], there[1], back[0], back[1]}) ::close(fd);
  return run;
}

HandRun sockets(const std::vector<int>& cpus, std::int64_t ns, std::size_t size, int type) {
  int ends[2];
  need(::socketpair(AF_UNIX, type, 0, ends) == 0, "socketpair");
  const int flags = type == SOCK_STREAM ? MSG_WAITALL : 0;
  const auto send = [&](int fd) { need(::send(fd, out_buffer, size, 0) == static_cast<ssize_t>(size), "send"); };
  const auto receive = [&](int fd) { need(::recv(fd, in_buffer, size, flags) == static_cast<ssize_t>(size), "recv"); };
  const auto run = time_them(
      cpus, ns,
      [&] {
        send(ends[0]);
        receive(ends[0]);
      },
      [&] {
        receive(ends[1]);
        send(ends[1]);
      });
  ::close(ends[0]);
  ::close(ends[1]);
  return run;
}

HandRun queues(const std::vector<int>& cpus, std::int64_t ns, std::size_t size) {
  mq_attr attr{};
  attr.mq_maxmsg = 1;
  attr.mq_msgsize = static_cast<long>(size);
  mqd_t queues[2];
  for (int i = 0; i < 2; ++i) {
    char name[64];
    (void)std::snprintf(name, sizeof name, "/kipc-bench-%d-%d", ::getpid(), i);
    queues[i] = ::mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
    need(queues[i] != -1, "mq_open");
    ::mq_unlink(name);
  }
  const auto send = [&](mqd_t q) { need(::mq_send(q, out_buffer, size, 0) == 0, "mq_send"); };
  const auto receive = [&](mqd_t q) {
    need(::mq_receive(q, in_buffer, size, nullptr) == static_cast<ssize_t>(size), "mq_receive");
  };
  const auto run = time_them(
      cpus, ns,
      [&] {
        send(queues[0]);
        receive(queues[1]);
      },
      [&] {
        receive(queues[0]);
        send(queues[1]);
      });
  for (const mqd_t q : queues) ::mq_close(q);
  return run;
}

HandRun messages(const std::vector<int>& cpus, std::int64_t ns, std::size_t size) {
  const int q = ::msgget(IPC_PRIVATE, 0600);
  need(q >= 0, "msgget");
  struct Message {
    long type;
    char text[8192];
  };
  static Message sent;
  static Message received;
  const auto send = [&](long type) {
    sent.type = type;
    need(::msgsnd(q, &sent, size, 0) == 0, "msgsnd");
  };
  const auto receive = [&](long type) {
    need(::msgrcv(q, &received, size, type, 0) == static_cast<ssize_t>(size), "msgrcv");
  };
  const auto run = time_them(
      cpus, ns,
      [&] {
        send(1);
        receive(2);
      },
      [&] {
        receive(1);
        send(2);
      });
  ::msgctl(q, IPC_RMID, nullptr);
  return run;
}

HandRun events(const std::vector<int>& cpus, std::int64_t ns) {
  const int there = ::eventfd(0, 0);
  const int back = ::eventfd(0, 0);
  need(there >= 0 && back >= 0, "eventfd");
  const auto add = [](int fd) {
    const std::uint64_t one = 1;
    need(::write(fd, &one, sizeof one) == sizeof one, "write");
  };
  const auto take = [](int fd) {
    std::uint64_t value = 0;
    need(::read(fd, &value, sizeof value) == sizeof value, "read");
  };
  const auto run = time_them(
      cpus, ns,
      [&] {
        add(there);
        take(back);
      },
      [&] {
        take(there);
        add(back);
      });
  ::close(there);
  ::close(back);
  return run;
}

struct Shared {
  std::atomic<std::uint32_t> turn;
  sem_t there;
  sem_t back;
};
Shared* share() {
  void* memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  need(memory != MAP_FAILED, "mmap");
  return static_cast<Shared*>(memory);
}

HandRun futexes(const std::vector<int>& cpus, std::int64_t ns) {
  Shared* shared = share();
  const auto wake = [shared](std::uint32_t turn) {
    shared->turn.store(turn);
    ::syscall(SYS_futex, &shared->turn, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  };
  const auto wait = [shared](std::uint32_t turn) {
    do ::syscall(SYS_futex, &shared->turn, FUTEX_WAIT, turn, nullptr, nullptr, 0);
    while (shared->turn.load() == turn);
  };
  const auto run = time_them(
      cpus, ns,
      [&] {
        wake(1);
        wait(1);
      },
      [&] {
        wait(0);
        wake(0);
      });
  ::munmap(shared, 4096);
  return run;
}

HandRun semaphores(const std::vector<int>& cpus, std::int64_t ns) {
  Shared* shared = share();
  need(::sem_init(&shared->there, 1, 0) == 0 && ::sem_init(&shared->back, 1, 0) == 0, "sem_init");
  const auto run = time_them(
      cpus, ns,
      [&] {
        ::sem_post(&shared->there);
        need(::sem_wait(&shared->back) == 0, "sem_wait");
      },
      [&] {
        need(::sem_wait(&shared->there) == 0, "sem_wait");
        ::sem_post(&shared->back);
      });
  ::munmap(shared, 4096);
  return run;
}

HandRun semaphore_sets(const std::vector<int>& cpus, std::int64_t ns) {
  const int set = ::semget(IPC_PRIVATE, 2, 0600);
  need(set >= 0, "semget");
  const auto operate = [set](unsigned short number, short by) {
    sembuf operation{number, by, 0};
    need(::semop(set, &operation, 1) == 0, "semop");
  };
  const auto run = time_them(
      cpus, ns,
      [&] {
        operate(0, 1);
        operate(1, -1);
      },
      [&] {
        operate(0, -1);
        operate(1, 1);
      });
  ::semctl(set, 0, IPC_RMID);
  return run;
}

}  // namespace

std::vector<HandLoop> hand_loops() {
  std::vector<HandLoop> loops;
  using Cpus = std::vector<int>;
  loops.push_back({"eventfd", 0, [](const Cpus& cpus, std::int64_t ns) { return events(cpus, ns); }});
  loops.push_back({"futex", 0, [](const Cpus& cpus, std::int64_t ns) { return futexes(cpus, ns); }});
  for (const std::size_t size : {std::size_t{1}, std::size_t{4096}})
    loops.push_back({"mq", size, [size](const Cpus& cpus, std::int64_t ns) { return queues(cpus, ns, size); }});
  for (const std::size_t size : {std::size_t{1}, std::size_t{4096}, kMost})
    loops.push_back({"pipe", size, [size](const Cpus& cpus, std::int64_t ns) { return pipes(cpus, ns, size); }});
  loops.push_back({"posix-sem", 0, [](const Cpus& cpus, std::int64_t ns) { return semaphores(cpus, ns); }});
  for (const std::size_t size : {std::size_t{1}, std::size_t{4096}})
    loops.push_back({"sysv-msg", size, [size](const Cpus& cpus, std::int64_t ns) { return messages(cpus, ns, size); }});
  loops.push_back({"sysv-sem", 0, [](const Cpus& cpus, std::int64_t ns) { return semaphore_sets(cpus, ns); }});
  loops.push_back(
      {"unix-dgram", 1, [](const Cpus& cpus, std::int64_t ns) { return sockets(cpus, ns, 1, SOCK_DGRAM); }});
  for (const std::size_t size : {std::size_t{1}, std::size_t{4096}, kMost})
    loops.push_back({"unix-stream", size,
                     [size](const Cpus& cpus, std::int64_t ns) { return sockets(cpus, ns, size, SOCK_STREAM); }});
  return loops;
}

}  // namespace kipc::bench
