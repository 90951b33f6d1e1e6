// strikes.bpf.c: signals on any kernel with BTF, errors where fmod_ret is allowed.
#include <fmt/format.h>
#include <sys/syscall.h>

#include "probe/loading.hpp"
#include "strikes.skel.h"

namespace kipc {
namespace {

bool is_hook(const bpf_program* program) {
  return std::string_view(bpf_program__section_name(program)).substr(0, 8) == "fmod_ret";
}

class StrikingPrograms : public Programs {
 public:
  ~StrikingPrograms() override {
    links_.clear();
    if (object_ != nullptr) strikes::destroy(object_);
  }

  void load(int slots, ProbeGreeting& greeting) override {
    greeting.means.resize(2);
    if (!prepare_loading(greeting)) return;
    std::string hooks;
    for (const bool with_hooks : {true, false}) {
      forget_warnings();
      auto done = attempt(static_cast<std::uint32_t>(slots), with_hooks);
      if (done) {
        greeting.means[0] = Provenance{"bpf_send_signal", "", ""};
        greeting.means[1] = with_hooks ? Provenance{"fmod_ret on the security hooks", "", ""}
                                       : Provenance{"", hooks, "Use a kernel with function trampolines for eBPF."};
        return;
      }
      (with_hooks ? hooks : greeting.text) = done.error().text;
    }
    greeting.enable = kLoadEnable;
  }

  [[nodiscard]] int map() const override { return bpf_map__fd(object_->maps.strikes); }

  Result<void> attach(const ProbeCommand& /*command*/) override {
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object_->obj) {
      if (!bpf_program__autoload(program)) continue;
      if (auto done = links_.attach(program); !done) return done;
    }
    return {};
  }

  void detach() override { links_.clear(); }

 private:
  Result<void> attempt(std::uint32_t slots, bool with_hooks) {
    for (const bool trial : {true, false}) {  // 5.10 attaches a tracing program once: that one is thrown away
      links_.clear();
      if (object_ != nullptr) strikes::destroy(object_);
      object_ = strikes::open();
      if (object_ == nullptr) return fail(why_not(errno));
      object_->rodata->nr_prctl = SYS_prctl;
      bpf_map__set_max_entries(object_->maps.strikes, slots);
      bpf_program* program = nullptr;
      bpf_object__for_each_program(program, object_->obj) if (!with_hooks && is_hook(program))
          bpf_program__set_autoload(program, false);
      if (const int error = strikes::load(object_); error != 0) return fail(why_not(error));
      if (!trial) return {};
      if (auto done = attach({}); !done) return done;
    }
    return {};
  }

  strikes* object_ = nullptr;
  Links links_;
};

}  // namespace

std::unique_ptr<Programs> striking_programs() { return std::make_unique<StrikingPrograms>(); }

}  // namespace kipc
