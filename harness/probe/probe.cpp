#include "probe/probe.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "bpf/costs.h"
#include "platform/system_call_names.hpp"
#include "probe/marks.hpp"

namespace kipc {
namespace {

std::int64_t as_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }

kipc_costs& costs_at(const Mapping& costs, int slot) { return static_cast<kipc_costs*>(costs.get())[slot]; }

}  // namespace

std::unique_ptr<Probe> Probe::start(int slots, Provenances& figures) {
  std::unique_ptr<Probe> probe(new Probe);
  ProbeGreeting greeting;
  const auto missing = [&](const std::string& why) {
    figures.fill(Provenance{"", why, greeting.enable});
    return nullptr;
  };
  auto costs =
      probe->server_.start(counting_programs, slots, sizeof(kipc_costs) * static_cast<std::size_t>(slots), greeting);
  if (!costs) return missing(costs.error().text);
  auto next = Mapping::shared(sizeof(std::atomic<unsigned>));
  if (!next) return missing(next.error().text());
  probe->slots_ = slots;
  probe->costs_ = std::move(*costs);
  probe->next_slot_ = std::move(*next);
  std::copy_n(greeting.means.begin(), kFigures, probe->figures_.begin());
  probe->test_itself();
  figures = probe->figures_;
  return probe;
}

Result<void> Probe::attach(FigureSet wanted, bool times) {
  return server_.ask({ProbeCommand::What::attach, times, static_cast<std::uint32_t>(wanted.to_ulong())});
}

Result<void> Probe::detach() { return server_.ask({}); }

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
    costs.calls.push_back({system_call_name(number), as_signed(call.count), as_signed(call.errors),
                           as_signed(call.bytes), as_signed(call.ns)});
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
  set(Figure::socket_bytes, from.socket_out.bytes);
  set(Figure::socket_copies, from.socket_out.count);
  set(Figure::syscalls, calls);
  set(Figure::wakeups, from.wakeups);
  return costs;
}

namespace {

/// 64 bytes go from one end to the other.
bool passes_on(int from, int to) {
  std::array<char, 64> data{};
  return ::write(from, data.data(), data.size()) == 64 && ::read(to, data.data(), data.size()) == 64;
}

}  // namespace

/// 64 bytes through a pipe and 64 through a pair of sockets are four system calls and four passes, one of them out of a
/// socket buffer, and at least four raw copies: what does not show that here is not counted anywhere.
void Probe::test_itself() {
  const auto doubt = [&](Figure figure, const std::string& reason) {
    Provenance& one = figures_[static_cast<std::size_t>(figure)];
    if (!one.how.empty()) one = Provenance{"", one.how + ": " + reason, ""};
  };
  const auto doubt_all = [&](const std::string& reason) {
    for (const FigureRow& row : kipc::figures()) doubt(row.figure, reason);
  };
  std::array<int, 2> ends{};
  std::array<int, 2> sockets{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return doubt_all(Errno::last("pipe2").text());
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    return doubt_all(Errno::last("socketpair").text());
  const Fd one_end(sockets[0]);
  const Fd other_end(sockets[1]);
  if (const auto attached = attach(FigureSet().set()); !attached) return doubt_all(attached.error().text);
  clear(0);
  mark_task(0);
  const bool through = passes_on(writer.get(), reader.get()) && passes_on(one_end.get(), other_end.get());
  unmark_task();
  if (const auto detached = detach(); !detached) return doubt_all(detached.error().text);
  const Costs seen = read(0);
  clear(0);
  if (!through) return doubt_all("64 bytes did not go through a pipe and a pair of sockets");
  struct Expected {
    Figure figure;
    std::int64_t least;
    std::int64_t most;
  };
  const auto wrong = [&](const Expected& expected) {
    const std::int64_t got = seen.of(expected.figure);
    if (got >= expected.least && got <= expected.most) return false;
    doubt(expected.figure,
          fmt::format("of two writes and two reads of 64 bytes it counted {}, not {}", got, expected.least));
    return true;
  };
  if (wrong({Figure::syscalls, 4, 4})) doubt_all("its system calls are counted wrongly");
  const std::array<std::array<Expected, 2>, 3> pairs = {
      {{{{Figure::copies, 4, 4}, {Figure::bytes_copied, 256, 256}}},
       {{{Figure::raw_copies, 4, 32}, {Figure::raw_bytes, 256, 8192}}},
       {{{Figure::socket_copies, 1, 1}, {Figure::socket_bytes, 64, 64}}}}};
  for (const auto& [number, bytes] : pairs)
    if (wrong(number) || wrong(bytes)) {
      doubt(number.figure, "bytes are counted wrongly");
      doubt(bytes.figure, "their number is counted wrongly");
    }
}

}  // namespace kipc
