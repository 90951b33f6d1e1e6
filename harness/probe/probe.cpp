#include "probe/probe.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>

#include "bpf/costs.h"
#include "probe/marks.hpp"
#include "probe/server.hpp"

namespace kipc {
namespace {

std::string call_name(int number) {
  char* name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
  std::string text = name != nullptr ? name : fmt::format("syscall_{}", number);
  std::free(name);
  return text;
}

void all_missing(Provenances& figures, const std::string& reason, const std::string& enable) {
  figures.fill(Provenance{"", reason, enable});
}

/// The greeting and the descriptor that comes with it.
ErrnoOr<std::pair<ProbeGreeting, Fd>> receive_greeting(int socket) {
  std::string bytes(kGreetingBytes, '\0');
  iovec data{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return tl::make_unexpected(Errno{got == 0 ? ECONNRESET : errno, "recvmsg"});
  Fd fd;
  if (const cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    int number = -1;
    std::memcpy(&number, CMSG_DATA(header), sizeof number);
    fd = Fd(number);
  }
  return std::pair(read_greeting(std::string_view(bytes).substr(0, static_cast<std::size_t>(got))), std::move(fd));
}

std::int64_t as_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }

kipc_costs& costs_at(const Mapping& costs, int slot) { return static_cast<kipc_costs*>(costs.get())[slot]; }

}  // namespace

std::unique_ptr<Probe> Probe::start(int slots, Provenances& figures) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    all_missing(figures, Errno::last("socketpair").text(), "");
    return nullptr;
  }
  std::unique_ptr<Probe> probe(new Probe);
  probe->socket_ = Fd(pair[0]);
  Fd theirs(pair[1]);
  probe->server_ = ::fork();
  if (probe->server_ == 0) {
    ::close(pair[0]);
    serve_probes(theirs.get(), slots);
  }
  theirs.reset();
  auto greeting = receive_greeting(pair[0]);
  if (!greeting) {
    all_missing(figures, "the process that loads eBPF programs ended: " + greeting.error().text(), "");
    return nullptr;
  }
  auto& [hello, fd] = *greeting;
  if (!hello.text.empty()) {
    all_missing(figures, hello.text, hello.enable);
    return nullptr;
  }
  auto costs = Mapping::shared(sizeof(kipc_costs) * static_cast<std::size_t>(slots), fd.get());
  auto next = Mapping::shared(sizeof(std::atomic<unsigned>));
  if (!costs || !next) {
    all_missing(figures, "the counters cannot be mapped: " + (costs ? next.error() : costs.error()).text(), "");
    return nullptr;
  }
  probe->slots_ = slots;
  probe->costs_ = std::move(*costs);
  probe->next_slot_ = std::move(*next);
  probe->figures_ = hello.figures;
  probe->test_itself();
  figures = probe->figures_;
  return probe;
}

Probe::~Probe() {
  socket_.reset();
  if (server_ > 0)
    while (::waitpid(server_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Result<void> Probe::ask(const ProbeCommand& command) {
  std::array<char, 1024> answer{};
  if (::send(socket_.get(), &command, sizeof command, MSG_NOSIGNAL) != ssize_t{sizeof command})
    return fail(fmt::format("probes: {}", Errno::last("send").text()));
  ssize_t got = 0;
  do {
    got = ::recv(socket_.get(), answer.data(), answer.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return fail("probes: the process that holds them has ended");
  if (got > 1)
    return fail(fmt::format("probes: {}", std::string_view(answer.data() + 1, static_cast<std::size_t>(got - 1))));
  return {};
}

Result<void> Probe::attach(FigureSet wanted, bool times) {
  return ask({ProbeCommand::What::attach, times, static_cast<std::uint32_t>(wanted.to_ulong())});
}

Result<void> Probe::detach() { return ask({}); }

int Probe::reserve(int count) {
  auto* next = static_cast<std::atomic<unsigned>*>(next_slot_.get());
  const auto wanted = static_cast<unsigned>(count);
  const auto all = static_cast<unsigned>(slots_);
  unsigned at = next->load();
  unsigned first = 0;
  do {
    first = at % all + wanted > all ? at + all - at % all : at;
  } while (!next->compare_exchange_weak(at, first + wanted));
  return static_cast<int>(first % all);
}

void Probe::clear(int slot) const { std::memset(&costs_at(costs_, slot), 0, sizeof(kipc_costs)); }

Costs Probe::read(int slot) const {
  const kipc_costs& from = costs_at(costs_, slot);
  Costs costs;
  const auto set = [&](Figure figure, std::uint64_t value) {
    costs.total[static_cast<std::size_t>(figure)] = as_signed(value);
  };
  std::uint64_t calls = 0;
  for (int number = 0; number < KIPC_CALLS; ++number) {
    const kipc_call_cost& call = from.calls[number];
    if (call.count == 0) continue;
    calls += call.count;
    costs.calls.push_back(
        {call_name(number), as_signed(call.count), as_signed(call.errors), as_signed(call.bytes), as_signed(call.ns)});
  }
  std::sort(costs.calls.begin(), costs.calls.end(),
            [](const CallCost& a, const CallCost& b) { return a.call < b.call; });
  set(Figure::bytes_copied, from.pass_in.bytes + from.pass_out.bytes);
  set(Figure::context_switches, from.switches_voluntary);
  set(Figure::copies, from.pass_in.count + from.pass_out.count);
  set(Figure::page_faults, from.page_faults);
  set(Figure::preemptions, from.switches_involuntary);
  set(Figure::raw_bytes, from.raw_in.bytes + from.raw_out.bytes);
  set(Figure::raw_copies, from.raw_in.count + from.raw_out.count);
  set(Figure::signals, from.signals);
  set(Figure::syscalls, calls);
  set(Figure::wakeups, from.wakeups);
  return costs;
}

/// 64 bytes through a pipe are two system calls and two passes, and at least two raw copies: what does not show that
/// here is not counted anywhere.
void Probe::test_itself() {
  const auto doubt = [&](Figure figure, const std::string& reason) {
    Provenance& one = figures_[static_cast<std::size_t>(figure)];
    if (!one.how.empty()) one = Provenance{"", one.how + ": " + reason, ""};
  };
  const auto doubt_all = [&](const std::string& reason) {
    for (const FigureRow& row : kipc::figures()) doubt(row.figure, reason);
  };
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return doubt_all(Errno::last("pipe2").text());
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  if (const auto attached = attach(FigureSet().set()); !attached) return doubt_all(attached.error().text);
  std::array<char, 64> data{};
  clear(0);
  mark_task(0);
  const bool through =
      ::write(writer.get(), data.data(), data.size()) == 64 && ::read(reader.get(), data.data(), data.size()) == 64;
  unmark_task();
  if (const auto detached = detach(); !detached) return doubt_all(detached.error().text);
  const Costs seen = read(0);
  clear(0);
  if (!through) return doubt_all("64 bytes did not go through a pipe");
  const auto expect = [&](Figure figure, std::int64_t least, std::int64_t most, const char* what) {
    const std::int64_t got = seen.of(figure);
    if (got >= least && got <= most) return true;
    doubt(figure, fmt::format("of a write and a read of 64 bytes it counted {} {}, not {}", got, what, least));
    return false;
  };
  if (!expect(Figure::syscalls, 2, 2, "system calls")) doubt_all("its system calls are counted wrongly");
  if (!expect(Figure::copies, 2, 2, "copies") || !expect(Figure::bytes_copied, 128, 128, "bytes")) {
    doubt(Figure::copies, "bytes are counted wrongly");
    doubt(Figure::bytes_copied, "copies are counted wrongly");
  }
  if (!expect(Figure::raw_copies, 2, 16, "raw copies") || !expect(Figure::raw_bytes, 128, 4096, "bytes")) {
    doubt(Figure::raw_copies, "bytes are counted wrongly");
    doubt(Figure::raw_bytes, "raw copies are counted wrongly");
  }
}

}  // namespace kipc
