// strikes.bpf.c: signals on any kernel with BTF, errors where fmod_ret is allowed.
#include <fmt/format.h>
#include <sys/syscall.h>

#include "probe/loading.hpp"
#include "strikes.skel.h"

namespace kipc {
namespace {

bool is_hook(const bpf_program* program) {
  return std::string_view(bpf_program__section_name(program)).starts_with("fmod_ret");
}

// The system calls that can be overridden: those that send, receive, wait or make an object of IPC.
constexpr const char* kOverridable[] = {
    "accept4", "connect",    "dup",     "dup3",     "epoll_wait", "eventfd2",     "fcntl",   "futex",
    "mmap",    "mq_open",    "msgget",  "msgrcv",   "msgsnd",     "mq_timedsend", "openat",  "mq_timedreceive",
    "pipe2",   "poll",       "ppoll",   "read",     "readv",      "recvfrom",     "recvmsg", "rt_sigtimedwait",
    "semget",  "semop",      "sendmsg", "sendto",   "semtimedop", "shmat",        "shmget",  "socket",
    "splice",  "socketpair", "tee",     "vmsplice", "write",      "writev"};

class StrikingPrograms : public Programs {
 public:
  ~StrikingPrograms() override {
    links_.clear();
    if (object_ != nullptr) strikes::destroy(object_);
  }

  /// With all of it first; what is refused is left out, and why is told.
  void load(int slots, ProbeGreeting& greeting) override {
    greeting.means.resize(3);
    if (!prepare_loading(greeting)) return;
    struct Way {
      bool hooks;
      bool overrides;
    };
    std::string without_hooks;
    std::string without_overrides;
    for (const Way way : {Way{true, true}, Way{true, false}, Way{false, true}, Way{false, false}}) {
      forget_warnings();
      const auto done = attempt(static_cast<std::uint32_t>(slots), way.hooks, way.overrides);
      if (done) {
        greeting.means[0] = Provenance{"bpf_send_signal", "", ""};
        greeting.means[1] = way.hooks
                                ? Provenance{"fmod_ret on the security hooks", "", ""}
                                : Provenance{"", without_hooks, "Use a kernel with function trampolines for eBPF."};
        greeting.means[2] =
            way.overrides ? Provenance{"bpf_override_return", "", ""}
                          : Provenance{"", without_overrides, "Use a kernel built with CONFIG_BPF_KPROBE_OVERRIDE."};
        return;
      }
      (way.overrides ? without_overrides : way.hooks ? without_hooks : greeting.text) = done.error().text;
    }
    greeting.enable = kLoadEnable;
  }

  [[nodiscard]] int map() const override { return bpf_map__fd(object_->maps.strikes); }

  Result<void> attach(const ProbeCommand& /*command*/) override {
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object_->obj) {
      if (!bpf_program__autoload(program)) continue;
      if (program == object_->progs.override_call) {
        if (auto done = attach_overrides(program); !done) return done;
        continue;
      }
      if (auto done = links_.attach(program); !done) return done;
    }
    return {};
  }

  void detach() override { links_.clear(); }

 private:
  /// One after the other: what attaches to many at once may not override. Not every kernel has each of them.
  Result<void> attach_overrides(bpf_program* program) {
    for (const char* name : kOverridable) {
      bpf_link* link = bpf_program__attach_ksyscall(program, name, nullptr);
      if (link == nullptr && errno == ENOENT) continue;
      if (auto done = links_.keep(link, name); !done) return done;
    }
    return {};
  }

  Result<void> attempt(std::uint32_t slots, bool with_hooks, bool with_overrides) {
    for (const bool trial : {true, false}) {  // 5.10 attaches a tracing program once: that one is thrown away
      links_.clear();
      if (object_ != nullptr) strikes::destroy(object_);
      object_ = strikes::open();
      if (object_ == nullptr) return fail(why_not(errno));
      object_->rodata->nr_prctl = SYS_prctl;
      bpf_map__set_max_entries(object_->maps.strikes, slots);
      bpf_program__set_autoload(object_->progs.override_call, with_overrides);
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
