#include "probe/striker.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "bpf/strikes.h"
#include "probe/marks.hpp"

namespace kipc {

std::vector<std::pair<const char*, const Provenance*>> named(const StrikeMeans& means) {
  return {{"bpf-errno", &means.error}, {"bpf-override", &means.override}, {"bpf-signal", &means.signal}};
}

std::unique_ptr<Striker> Striker::start(int slots, StrikeMeans& means) {
  std::unique_ptr<Striker> striker(new Striker);
  ProbeGreeting greeting;
  const auto missing = [&](const std::string& why) {
    means.signal = means.error = means.override = Provenance{"", why, greeting.enable};
    return nullptr;
  };
  auto strikes =
      striker->server_.start(striking_programs, slots, sizeof(kipc_strike) * static_cast<std::size_t>(slots), greeting);
  if (!strikes) return missing(strikes.error().text);
  auto next = Mapping::shared(sizeof(std::atomic<unsigned>));
  if (!next) return missing(next.error().text());
  if (auto attached = striker->server_.ask({ProbeCommand::What::attach, false, 0}); !attached)
    return missing(attached.error().text);
  striker->slots_ = slots;
  striker->strikes_ = std::move(*strikes);
  striker->next_slot_ = std::move(*next);
  means.signal = greeting.means.at(0);
  means.error = greeting.means.at(1);
  means.override = greeting.means.at(2);
  return striker;
}

int Striker::reserve() {
  auto* next = static_cast<std::atomic<unsigned>*>(next_slot_.get());
  return static_cast<int>(next->fetch_add(1) % static_cast<unsigned>(slots_));
}

kipc_strike& Striker::at(int slot) const { return static_cast<kipc_strike*>(strikes_.get())[slot]; }

Result<void> Striker::arm(int slot, const Order& order) const {
  if (order.system_calls.size() > KIPC_STRIKE_CALLS) return fail("more system calls than a fault by eBPF can watch");
  kipc_strike strike{};
  std::fill(std::begin(strike.numbers), std::end(strike.numbers), ~__u64{0});
  std::transform(order.system_calls.begin(), order.system_calls.end(), std::begin(strike.numbers),
                 [](long number) { return static_cast<__u64>(number); });
  strike.first_argument = order.first_argument;
  strike.has_first_argument = order.has_first_argument ? 1 : 0;
  strike.first = order.first;
  strike.last = order.last;
  strike.step = order.step;
  strike.at_exit = order.at_exit ? 1 : 0;
  strike.signal = order.signal;
  strike.error = order.error;
  strike.whole_call = order.whole_call ? 1 : 0;
  at(slot) = strike;
  std::atomic_ref<__u32>(at(slot).active).store(1);
  return {};
}

void Striker::disarm(int slot) const { std::atomic_ref<__u32>(at(slot).active).store(0); }
std::uint64_t Striker::calls(int slot) const { return std::atomic_ref<__u64>(at(slot).calls).load(); }
std::uint64_t Striker::struck(int slot) const { return std::atomic_ref<__u64>(at(slot).struck).load(); }

void mark_for_strikes(int slot) { tell_programs(KIPC_STRIKE_MARK, slot + 1); }

}  // namespace kipc
