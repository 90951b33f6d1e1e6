#include "probe/copy_programs.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "base/fd.hpp"
#include "copies.skel.h"
#include "platform/proc_text.hpp"

namespace kipc {
namespace {

struct Site {
  const char* traced;                  // program by fentry or fexit; "" for none
  const char* probed;                  // by kprobe or kretprobe
  std::array<const char*, 2> symbols;  // the first that exists is taken
};

constexpr std::array<Site, 10> kSites = {{
    {"", "kret_process_vm", {"process_vm_rw", ""}},
    {"fentry_load_msg", "kprobe_load_msg", {"load_msg", ""}},
    {"fentry_skb_in", "kprobe_skb_in", {"skb_copy_datagram_from_iter", ""}},
    {"fentry_skb_out", "kprobe_skb_out", {"skb_copy_datagram_iter", ""}},
    {"fentry_store_msg", "kprobe_store_msg", {"store_msg", ""}},
    {"fentry_udp_in", "kprobe_udp_in", {"ip_generic_getfrag", ""}},
    {"fentry_udp_out", "kprobe_udp_out", {"skb_consume_udp", ""}},
    {"fexit_pipe_read", "kret_pipe_read", {"anon_pipe_read", "pipe_read"}},
    {"fexit_pipe_write", "kret_pipe_write", {"anon_pipe_write", "pipe_write"}},
    {"fexit_tcp_in", "kret_tcp_in", {"tcp_sendmsg_locked", ""}},
}};

const char* symbol_of(const Site& site, const Symbols& symbols) {
  for (const char* symbol : site.symbols)
    if (*symbol != '\0' && symbols.count(symbol) != 0) return symbol;
  return nullptr;
}

/// Nothing of it is loaded unless asked for.
copies* open_copies(const SharedMaps& maps) {
  copies* opened = copies::open();
  if (opened == nullptr) return nullptr;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, opened->obj) bpf_program__set_autoload(program, false);
  bpf_map__set_max_entries(opened->maps.costs, maps.slots);
  bpf_map__reuse_fd(opened->maps.costs, maps.costs);
  bpf_map__reuse_fd(opened->maps.marked, maps.marked);
  return opened;
}

}  // namespace

std::vector<std::string_view> copy_symbols() {
  std::vector<std::string_view> list = copy_routine_symbols();
  for (const Site& site : kSites)
    for (const char* symbol : site.symbols)
      if (*symbol != '\0') list.emplace_back(symbol);
  return list;
}

CopyPasses::~CopyPasses() { drop(); }

void CopyPasses::drop() {
  detach();
  if (object_ != nullptr) copies::destroy(object_);
  object_ = nullptr;
}

Result<void> CopyPasses::open() {
  drop();
  passes_.clear();
  object_ = open_copies(maps_);
  if (object_ == nullptr) return fail(why_not(errno));
  for (const Site& site : kSites) {
    const char* symbol = symbol_of(site, symbols_);
    if (symbol == nullptr) return fail(fmt::format("the kernel has no function {} to probe", site.symbols[0]));
    const bool traced = traced_ && *site.traced != '\0';
    bpf_program* program = bpf_object__find_program_by_name(object_->obj, traced ? site.traced : site.probed);
    if (traced && bpf_program__set_attach_target(program, 0, symbol) != 0)
      return fail(fmt::format("{}: {}", symbol, why_not(errno)));
    bpf_program__set_autoload(program, true);
    passes_.push_back({program, traced ? nullptr : symbol, std::string_view(site.probed).substr(0, 4) == "kret"});
  }
  if (const int error = copies::load(object_); error != 0) return fail(why_not(error));
  fresh_ = true;
  return {};
}

Result<void> CopyPasses::attach() {
  // 5.10 attaches a tracing program once; what was detached has to be loaded again.
  if (!fresh_)
    if (auto opened = open(); !opened) return opened;
  fresh_ = false;
  for (const Pass& pass : passes_) {
    auto done = pass.symbol == nullptr
                    ? links_.attach(pass.program)
                    : links_.keep(bpf_program__attach_kprobe(pass.program, pass.returns, pass.symbol), pass.symbol);
    if (!done) return done;
  }
  return {};
}

std::uint64_t CopyPasses::misses() const { return object_ == nullptr ? 0 : misses_of(object_->obj); }

Result<void> CopyPasses::attempt() {
  if (auto opened = open(); !opened) return opened;
  auto attached = attach();
  detach();
  return attached;
}

Result<std::string> CopyPasses::load(const SharedMaps& maps, const Symbols& symbols) {
  maps_ = maps;
  symbols_ = symbols;
  std::string reasons;
  for (const bool traced : {true, false}) {
    traced_ = traced;
    forget_warnings();
    const auto done = attempt();
    if (done) return std::string(traced ? "fexit" : "kprobe");
    reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", traced ? "fexit" : "kprobe", done.error().text);
  }
  drop();
  return fail(reasons);
}

RawCopies::~RawCopies() {
  detach();
  if (object_ != nullptr) copies::destroy(object_);
}

#if defined(__x86_64__)
Result<std::string> RawCopies::load(const SharedMaps& maps, const Symbols& symbols, std::string& enable) {
  routine_ = copy_routine(symbols, field(read_start("/proc/cpuinfo", 16384), "flags"));
  enable = "Run it in a virtual machine without the processor's feature FSRM.";
  if (!routine_.missing.empty()) return fail(routine_.missing);
  enable = "Use a kernel with CONFIG_KPROBES, as distributions ship it.";
  forget_warnings();
  object_ = open_copies(maps);
  if (object_ == nullptr) return fail(why_not(errno));
  object_->rodata->length_in_cx = routine_.length_in_cx;
  bpf_program__set_autoload(object_->progs.on_raw_copy, true);
  const int error = copies::load(object_);
  auto done = error != 0 ? Result<void>(fail(why_not(error))) : attach();
  detach();
  if (done) return "breakpoint at " + routine_.symbol;
  copies::destroy(object_);
  object_ = nullptr;
  return fail(done.error().text);
}

/// On each processor.
Result<void> RawCopies::attach() {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_BREAKPOINT;
  attributes.size = sizeof attributes;
  attributes.bp_type = HW_BREAKPOINT_X;
  attributes.bp_addr = routine_.address;
  attributes.bp_len = sizeof(long);
  attributes.sample_period = 1;
  attributes.exclude_user = 1;
  const long processors = ::sysconf(_SC_NPROCESSORS_ONLN);
  for (int cpu = 0; cpu < processors; ++cpu) {
    Fd event(static_cast<int>(::syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
    if (!event) return fail(Errno::last("perf_event_open").text());
    bpf_link* link = bpf_program__attach_perf_event(object_->progs.on_raw_copy, event.get());
    if (auto done = links_.keep(link, routine_.symbol.c_str()); !done) return done;
    (void)event.release();  // the link owns it
  }
  return {};
}
#else
Result<std::string> RawCopies::load(const SharedMaps& /*maps*/, const Symbols& /*symbols*/, std::string& /*enable*/) {
  return fail("raw copies are counted on x86-64 only");
}
Result<void> RawCopies::attach() { return {}; }
#endif

}  // namespace kipc
