#include "engine/fault_engine.hpp"

#include <array>

namespace kipc {
namespace {

constexpr std::array kEngines = {
    EngineRow{Engine::bpf_errno, "bpf-errno", Means::ebpf, ArmPart::mark},
    EngineRow{Engine::bpf_override, "bpf-override", Means::ebpf, ArmPart::mark},
    EngineRow{Engine::bpf_signal, "bpf-signal", Means::ebpf, ArmPart::mark},
    EngineRow{Engine::fail_nth, "fail-nth", Means::tracer, ArmPart::argument},
    EngineRow{Engine::ptrace, "ptrace", Means::tracer, ArmPart::argument},
    EngineRow{Engine::seccomp_errno, "seccomp-errno", Means::filter, ArmPart::filter_errno},
    EngineRow{Engine::seccomp_notify, "seccomp-notify", Means::filter, ArmPart::filter_listener},
    EngineRow{Engine::userfaultfd, "userfaultfd", Means::memory, ArmPart::freeze},
};
static_assert([] {
  for (std::size_t i = 0; i < kEngines.size(); ++i)
    if (kEngines[i].engine != static_cast<Engine>(i)) return false;
  return kEngines.back().engine == Engine::userfaultfd;
}());

}  // namespace

const EngineRow& row_of(Engine engine) { return kEngines[static_cast<std::size_t>(engine)]; }

}  // namespace kipc
