// Stands in for counting_programs.cpp and striking_programs.cpp where kipc is built without eBPF.
#include "probe/server.hpp"

namespace kipc {
namespace {

class Absent : public Programs {
 public:
  void load(int /*slots*/, ProbeGreeting& greeting) override {
    greeting.text = "this kipc was built without eBPF";
    greeting.enable = "Build kipc with clang, bpftool and libbpf on x86-64 or arm64.";
  }
  [[nodiscard]] int map() const override { return -1; }
  Result<void> attach(const ProbeCommand& /*command*/) override { return fail("this kipc was built without eBPF"); }
  void detach() override {}
};

}  // namespace

std::unique_ptr<Programs> counting_programs() { return std::make_unique<Absent>(); }
std::unique_ptr<Programs> striking_programs() { return std::make_unique<Absent>(); }

}  // namespace kipc
