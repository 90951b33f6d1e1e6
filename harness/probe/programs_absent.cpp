// Stands in for programs.cpp where kipc is built without eBPF (KIPC_BPF=OFF).
#include "probe/programs.hpp"

namespace kipc {

struct Programs::Loaded {};
Programs::Programs() = default;
Programs::~Programs() = default;

Result<void> Programs::load(int /*slots*/, Provenances& /*figures*/, std::string& enable) {
  enable = "Build kipc with clang, bpftool and libbpf on x86-64 or arm64.";
  return fail("this kipc was built without eBPF");
}

int Programs::costs_fd() const { return -1; }
Result<void> Programs::attach(FigureSet /*wanted*/, bool /*times*/) { return fail("this kipc was built without eBPF"); }
void Programs::detach() {}

}  // namespace kipc
