// costs.bpf.c, which is the condition for all else, and with it the copies.
#include <bpf/btf.h>
#include <fmt/format.h>
#include <sys/syscall.h>

#include "costs.skel.h"
#include "probe/copy_programs.hpp"
#include "probe/loading.hpp"

namespace kipc {
namespace {

std::size_t index(Figure figure) { return static_cast<std::size_t>(figure); }

class CountingPrograms : public Programs {
 public:
  ~CountingPrograms() override {
    links_.clear();
    if (object_ != nullptr) costs::destroy(object_);
  }

  void load(int slots, ProbeGreeting& greeting) override {
    greeting.means.resize(kFigures);
    if (!prepare_loading(greeting)) return;
    if (auto done = load_costs(static_cast<std::uint32_t>(slots), greeting.means); !done) {
      greeting.text = done.error().text;
      greeting.enable = kLoadEnable;
      return;
    }
    const SharedMaps maps{bpf_map__fd(object_->maps.costs), bpf_map__fd(object_->maps.marked),
                          static_cast<std::uint32_t>(slots)};
    const Symbols symbols = kernel_symbols(copy_symbols());
    std::string enable = "Use a kernel with CONFIG_KPROBES, as distributions ship it.";
    set(greeting.means, {Figure::bytes_copied, Figure::copies}, passes_.load(maps, symbols), enable);
    const auto raw = raw_.load(maps, symbols, enable);
    set(greeting.means, {Figure::raw_bytes, Figure::raw_copies}, raw, enable);
  }

  [[nodiscard]] int map() const override { return bpf_map__fd(object_->maps.costs); }

  Result<void> attach(const ProbeCommand& command) override {
    const FigureSet wanted(command.figures);
    const auto wants = [&](Figure figure) { return wanted.test(index(figure)); };
    const auto& programs = object_->progs;
    std::vector<bpf_program*> needed = {programs.on_end, programs.on_fork};
    if (wants(Figure::context_switches) || wants(Figure::preemptions)) needed.push_back(programs.on_switch);
    if (wants(Figure::page_faults) && bpf_program__autoload(programs.on_page_fault))
      needed.push_back(programs.on_page_fault);
    if (wants(Figure::signals)) needed.push_back(programs.on_signal);
    if (wants(Figure::socket_bytes) || wants(Figure::socket_copies)) needed.push_back(programs.on_socket_copy);
    if (wants(Figure::wakeups)) needed.push_back(programs.on_waking);
    if (command.times) needed.push_back(programs.on_enter);
    needed.push_back(programs.on_exit);  // also what marks tasks
    for (bpf_program* program : needed)
      if (auto done = links_.attach(program); !done) return done;
    if (passes_.loaded() && (wants(Figure::copies) || wants(Figure::bytes_copied)))
      if (auto done = passes_.attach(); !done) return done;
    if (raw_.loaded() && (wants(Figure::raw_copies) || wants(Figure::raw_bytes)))
      if (auto done = raw_.attach(); !done) return done;
    return {};
  }

  void detach() override {
    links_.clear();
    passes_.detach();
    raw_.detach();
  }

  [[nodiscard]] std::uint64_t misses() const override {
    return misses_of(object_->obj) + object_->bss->left_out + passes_.misses();
  }

 private:
  static void set(std::vector<Provenance>& means, std::initializer_list<Figure> which, const Result<std::string>& how,
                  const std::string& enable) {
    for (const Figure figure : which)
      means[index(figure)] = how ? Provenance{*how, "", ""} : Provenance{"", how.error().text, enable};
  }

  Result<void> load_costs(std::uint32_t slots, std::vector<Provenance>& means) {
    object_ = costs::open();
    if (object_ == nullptr) return fail(why_not(errno));
    object_->rodata->nr_prctl = SYS_prctl;
    object_->rodata->nr_mq_timedsend = SYS_mq_timedsend;
    object_->rodata->nr_msgsnd = SYS_msgsnd;
    bpf_map__set_max_entries(object_->maps.costs, slots);
    for (const Figure figure : {Figure::context_switches, Figure::page_faults, Figure::preemptions, Figure::signals,
                                Figure::socket_bytes, Figure::socket_copies, Figure::syscalls, Figure::wakeups})
      means[index(figure)] = Provenance{"tracepoint", "", ""};
    if (libbpf_find_vmlinux_btf_id("page_fault_user", BPF_TRACE_RAW_TP) < 0) {
      bpf_program__set_autoload(object_->progs.on_page_fault, false);
      means[index(Figure::page_faults)] = Provenance{"", "the kernel has no tracepoint page_fault_user", ""};
    }
    if (const int error = costs::load(object_); error != 0) return fail(why_not(error));
    return {};
  }

  costs* object_ = nullptr;
  Links links_;
  CopyPasses passes_;
  RawCopies raw_;
};

}  // namespace

std::unique_ptr<Programs> counting_programs() { return std::make_unique<CountingPrograms>(); }

}  // namespace kipc
