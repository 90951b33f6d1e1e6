// 1) costs.bpf.c, which is the condition for all else.
// 2) copies.bpf.c: by fentry and fexit; when the kernel refuses those, by kprobe and kretprobe.
// 3) Its breakpoint, on one processor after another.
#include "probe/programs.hpp"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstring>
#include <vector>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "copies.skel.h"
#include "costs.skel.h"
#include "platform/cpus.hpp"
#include "platform/proc_text.hpp"
#include "probe/kernel_symbols.hpp"

namespace kipc {
namespace {

std::string last_warning;  // what libbpf said last

int keep_warning(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN) return 0;
  std::array<char, 512> line{};
  const int length = std::vsnprintf(line.data(), line.size(), format, arguments);
  // The verifier's log is many lines; the first says whose it is, the last is what matters.
  if (length > 0) last_warning = line.data();
  while (!last_warning.empty() && last_warning.back() == '\n') last_warning.pop_back();
  return 0;
}

std::string why(int error) {
  const std::string text = Errno{error < 0 ? -error : error, "bpf"}.text();
  return last_warning.empty() ? text : fmt::format("{}: {}", text, last_warning);
}

struct Site {
  const char* traced;                  // program by fentry or fexit; "" for none
  const char* probed;                  // by kprobe or kretprobe
  std::array<const char*, 2> symbols;  // the first that exists is taken
  bool core;                           // without it no copies are counted
};

constexpr std::array<Site, 10> kSites = {{
    {"fentry_load_msg", "kprobe_load_msg", {"load_msg", ""}, true},
    {"fentry_skb_in", "kprobe_skb_in", {"skb_copy_datagram_from_iter", ""}, true},
    {"fentry_skb_out", "kprobe_skb_out", {"skb_copy_datagram_iter", ""}, true},
    {"fentry_store_msg", "kprobe_store_msg", {"store_msg", ""}, true},
    {"fentry_udp_in", "kprobe_udp_in", {"ip_generic_getfrag", ""}, true},
    {"fentry_udp_out", "kprobe_udp_out", {"skb_consume_udp", ""}, true},
    {"fexit_pipe_read", "kret_pipe_read", {"anon_pipe_read", "pipe_read"}, true},
    {"fexit_pipe_write", "kret_pipe_write", {"anon_pipe_write", "pipe_write"}, true},
    {"fexit_tcp_in", "kret_tcp_in", {"tcp_sendmsg_locked", ""}, true},
    {"", "kret_process_vm", {"process_vm_rw", ""}, false},
}};

const char* symbol_of(const Site& site, const std::unordered_map<std::string, std::uint64_t>& symbols) {
  for (const char* symbol : site.symbols)
    if (*symbol != '\0' && symbols.count(symbol) != 0) return symbol;
  return nullptr;
}

std::size_t index(Figure figure) { return static_cast<std::size_t>(figure); }

void set_how(Provenances& figures, std::initializer_list<Figure> which, const std::string& how) {
  for (const Figure figure : which) figures[index(figure)] = Provenance{how, "", ""};
}

void set_missing(Provenances& figures, std::initializer_list<Figure> which, const std::string& reason,
                 const std::string& enable) {
  for (const Figure figure : which) figures[index(figure)] = Provenance{"", reason, enable};
}

constexpr const char* kOtherKernel = "Use a kernel with CONFIG_KPROBES, as distributions ship it.";

}  // namespace

struct Programs::Loaded {
  struct Attached {
    bpf_program* program;
    const char* symbol;  // of a kprobe; else nullptr
    bool returns = false;
  };
  costs* counting = nullptr;
  copies* copying = nullptr;  // by passes
  copies* raw = nullptr;
  std::vector<Attached> passes;
  CopyRoutine routine;
  std::vector<bpf_link*> links;

  ~Loaded() {
    detach();
    if (raw != nullptr) copies::destroy(raw);
    if (copying != nullptr) copies::destroy(copying);
    if (counting != nullptr) costs::destroy(counting);
  }

  void detach() {
    for (bpf_link* link : links) bpf_link__destroy(link);
    links.clear();
  }

  Result<void> keep(bpf_link* link, const char* what) {
    if (link == nullptr) return fail(fmt::format("{}: {}", what, why(errno)));
    links.push_back(link);
    return {};
  }

  Result<void> attach(bpf_program* program) { return keep(bpf_program__attach(program), bpf_program__name(program)); }

  Result<void> attach_passes() {
    for (const Attached& pass : passes) {
      auto done = pass.symbol == nullptr
                      ? attach(pass.program)
                      : keep(bpf_program__attach_kprobe(pass.program, pass.returns, pass.symbol), pass.symbol);
      if (!done) return done;
    }
    return {};
  }

  /// On each processor.
  Result<void> attach_breakpoint() {
    perf_event_attr attributes{};
    attributes.type = PERF_TYPE_BREAKPOINT;
    attributes.size = sizeof attributes;
    attributes.bp_type = HW_BREAKPOINT_X;
    attributes.bp_addr = routine.address;
    attributes.bp_len = sizeof(long);
    attributes.sample_period = 1;
    attributes.exclude_user = 1;
    const long processors = ::sysconf(_SC_NPROCESSORS_ONLN);
    for (int cpu = 0; cpu < processors; ++cpu) {
      Fd event(static_cast<int>(::syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
      if (!event) return fail(fmt::format("perf_event_open: {}", Errno::last("breakpoint").text()));
#if defined(__x86_64__)
      bpf_link* link = bpf_program__attach_perf_event(raw->progs.on_raw_copy, event.get());
      if (auto done = keep(link, routine.symbol.c_str()); !done) return done;
      (void)event.release();  // the link owns it
#endif
    }
    return {};
  }

  Result<void> load_costs(int slots, Provenances& figures);
  void load_passes(Provenances& figures, const std::unordered_map<std::string, std::uint64_t>& symbols);
  Result<void> try_passes(const std::unordered_map<std::string, std::uint64_t>& symbols, bool traced);
  void load_raw(Provenances& figures, const std::unordered_map<std::string, std::uint64_t>& symbols);
  copies* open_copies();
};

Result<void> Programs::Loaded::load_costs(int slots, Provenances& figures) {
  counting = costs::open();
  if (counting == nullptr) return fail(fmt::format("costs.bpf.c: {}", why(errno)));
  counting->rodata->nr_prctl = SYS_prctl;
  counting->rodata->nr_mq_timedsend = SYS_mq_timedsend;
  counting->rodata->nr_msgsnd = SYS_msgsnd;
  bpf_map__set_max_entries(counting->maps.costs, static_cast<std::uint32_t>(slots));
  set_how(figures,
          {Figure::context_switches, Figure::page_faults, Figure::preemptions, Figure::signals, Figure::syscalls,
           Figure::wakeups},
          "tracepoint");
  if (libbpf_find_vmlinux_btf_id("page_fault_user", BPF_TRACE_RAW_TP) < 0) {
    bpf_program__set_autoload(counting->progs.on_page_fault, false);
    set_missing(figures, {Figure::page_faults}, "the kernel has no tracepoint page_fault_user", "");
  }
  if (const int error = costs::load(counting); error != 0) return fail(fmt::format("costs.bpf.c: {}", why(error)));
  return {};
}

copies* Programs::Loaded::open_copies() {
  copies* opened = copies::open();
  if (opened == nullptr) return nullptr;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, opened->obj) bpf_program__set_autoload(program, false);
  bpf_map__set_max_entries(opened->maps.costs, bpf_map__max_entries(counting->maps.costs));
  bpf_map__reuse_fd(opened->maps.costs, bpf_map__fd(counting->maps.costs));
  bpf_map__reuse_fd(opened->maps.marked, bpf_map__fd(counting->maps.marked));
  return opened;
}

Result<void> Programs::Loaded::try_passes(const std::unordered_map<std::string, std::uint64_t>& symbols, bool traced) {
  copying = open_copies();
  if (copying == nullptr) return fail(fmt::format("copies.bpf.c: {}", why(errno)));
  passes.clear();
  for (const Site& site : kSites) {
    const char* symbol = symbol_of(site, symbols);
    if (symbol == nullptr && site.core)
      return fail(fmt::format("the kernel has no function {} to probe", site.symbols[0]));
    if (symbol == nullptr) continue;
    const bool by_trace = traced && *site.traced != '\0';
    bpf_program* program = bpf_object__find_program_by_name(copying->obj, by_trace ? site.traced : site.probed);
    if (by_trace && bpf_program__set_attach_target(program, 0, symbol) != 0)
      return fail(fmt::format("{}: {}", symbol, why(errno)));
    bpf_program__set_autoload(program, true);
    passes.push_back({program, by_trace ? nullptr : symbol, std::string_view(site.probed).substr(0, 4) == "kret"});
  }
  if (const int error = copies::load(copying); error != 0) return fail(why(error));
  auto attached = attach_passes();
  detach();
  return attached;
}

void Programs::Loaded::load_passes(Provenances& figures,
                                   const std::unordered_map<std::string, std::uint64_t>& symbols) {
  std::string reasons;
  for (const bool traced : {true, false}) {
    last_warning.clear();
    const auto done = try_passes(symbols, traced);
    if (done) {
      set_how(figures, {Figure::bytes_copied, Figure::copies}, traced ? "fexit" : "kprobe");
      return;
    }
    reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", traced ? "fexit" : "kprobe", done.error().text);
    if (copying != nullptr) copies::destroy(copying);
    copying = nullptr;
    passes.clear();
  }
  set_missing(figures, {Figure::bytes_copied, Figure::copies}, reasons, kOtherKernel);
}

void Programs::Loaded::load_raw(Provenances& figures, const std::unordered_map<std::string, std::uint64_t>& symbols) {
  const auto missing = [&](const std::string& reason, const char* enable) {
    set_missing(figures, {Figure::raw_bytes, Figure::raw_copies}, reason, enable);
    if (raw != nullptr) copies::destroy(raw);
    raw = nullptr;
  };
#if defined(__x86_64__)
  routine = copy_routine(symbols, field(read_start("/proc/cpuinfo", 16384), "flags"));
  if (!routine.missing.empty())
    return missing(routine.missing, "Run it in a virtual machine without the processor's feature FSRM.");
  last_warning.clear();
  raw = open_copies();
  if (raw == nullptr) return missing(why(errno), "");
  raw->rodata->length_in_cx = routine.length_in_cx;
  bpf_program__set_autoload(raw->progs.on_raw_copy, true);
  if (const int error = copies::load(raw); error != 0) return missing(why(error), "");
  if (const auto done = attach_breakpoint(); !done) return missing(done.error().text, kOtherKernel);
  detach();
  set_how(figures, {Figure::raw_bytes, Figure::raw_copies}, "breakpoint at " + routine.symbol);
#else
  (void)symbols;
  missing("raw copies are counted on x86-64 only", "");
#endif
}

Programs::Programs() = default;
Programs::~Programs() = default;

Result<void> Programs::load(int slots, Provenances& figures, std::string& enable) {
  libbpf_set_print(keep_warning);
  // Before Linux 5.11 programs and maps are charged to this limit.
  rlimit all{RLIM_INFINITY, RLIM_INFINITY};
  if (::setrlimit(RLIMIT_MEMLOCK, &all) != 0 && ::getrlimit(RLIMIT_MEMLOCK, &all) == 0) {
    all.rlim_cur = all.rlim_max;
    ::setrlimit(RLIMIT_MEMLOCK, &all);
  }
  if (::access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
    enable = "Use a kernel built with CONFIG_DEBUG_INFO_BTF.";
    return fail(Errno::last("/sys/kernel/btf/vmlinux").text());
  }
  loaded_ = std::make_unique<Loaded>();
  if (auto done = loaded_->load_costs(slots, figures); !done) {
    enable = "Run kipc as root, or with CAP_BPF and CAP_PERFMON, where neither lockdown nor seccomp forbids bpf().";
    return done;
  }
  std::vector<std::string_view> wanted = copy_routine_symbols();
  for (const Site& site : kSites)
    for (const char* symbol : site.symbols)
      if (*symbol != '\0') wanted.emplace_back(symbol);
  const auto symbols = kernel_symbols(wanted);
  loaded_->load_passes(figures, symbols);
  loaded_->load_raw(figures, symbols);
  return {};
}

int Programs::costs_fd() const {
  return loaded_ != nullptr && loaded_->counting != nullptr ? bpf_map__fd(loaded_->counting->maps.costs) : -1;
}

Result<void> Programs::attach(FigureSet wanted, bool times) {
  const auto& programs = loaded_->counting->progs;
  const auto wants = [&](Figure figure) { return wanted.test(index(figure)); };
  std::vector<bpf_program*> needed = {programs.on_end, programs.on_fork};
  if (wants(Figure::context_switches) || wants(Figure::preemptions)) needed.push_back(programs.on_switch);
  if (wants(Figure::page_faults) && bpf_program__autoload(programs.on_page_fault))
    needed.push_back(programs.on_page_fault);
  if (wants(Figure::signals)) needed.push_back(programs.on_signal);
  if (wants(Figure::wakeups)) needed.push_back(programs.on_waking);
  if (times) needed.push_back(programs.on_enter);
  needed.push_back(programs.on_exit);  // also what marks tasks
  for (bpf_program* program : needed)
    if (auto done = loaded_->attach(program); !done) return done;
  if (loaded_->copying != nullptr && (wants(Figure::copies) || wants(Figure::bytes_copied)))
    if (auto done = loaded_->attach_passes(); !done) return done;
  if (loaded_->raw != nullptr && (wants(Figure::raw_copies) || wants(Figure::raw_bytes)))
    if (auto done = loaded_->attach_breakpoint(); !done) return done;
  return {};
}

void Programs::detach() { loaded_->detach(); }

}  // namespace kipc
