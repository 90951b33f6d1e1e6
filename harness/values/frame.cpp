#include "values/frame.hpp"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "values/type.hpp"

namespace kipc {

namespace {

constexpr std::size_t kPage = 4096;

unsigned char* aligned(unsigned char* at) {
  const auto start = reinterpret_cast<std::uintptr_t>(at);
  return at + ((start + kPage - 1) / kPage * kPage - start);
}

}  // namespace

Scratch::Scratch(std::size_t capacity) : capacity_(capacity) {}

void Scratch::reset() {
  used_ = 0;
  large_.clear();
}

void* Scratch::take(std::size_t bytes) {
  bytes = (bytes + 15) / 16 * 16;
  unsigned char* at = nullptr;
  if (used_ + bytes <= capacity_) {
    if (!block_) block_.reset(new unsigned char[capacity_]);
    at = block_.get() + used_;
    used_ += bytes;
  } else {
    large_.emplace_back(new unsigned char[bytes + kPage]);  // at a page: copies of misaligned data take longer
    at = aligned(large_.back().get());
  }
  std::memset(at, 0, bytes);
  return at;
}

std::string_view Scratch::keep(std::string_view bytes) {
  if (bytes.empty()) return {};
  auto* at = static_cast<char*>(take(bytes.size()));
  std::memcpy(at, bytes.data(), bytes.size());
  return {at, bytes.size()};
}

namespace {
std::size_t page() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}
}  // namespace

GuardedBuffer::~GuardedBuffer() {
  if (base_ != nullptr) ::munmap(base_, size_ + page());
}

void GuardedBuffer::grow(std::size_t length) {
  if (base_ != nullptr && length <= size_) return;
  if (base_ != nullptr) ::munmap(base_, size_ + page());
  const std::size_t wanted = std::max<std::size_t>((length + page() - 1) / page() * page(), 16 * page());
  void* memory =
      ::mmap(nullptr, wanted + page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw EvalError{"no memory for a receive buffer"};
  base_ = static_cast<unsigned char*>(memory);
  size_ = wanted;
  ::mprotect(base_ + size_, page(), PROT_NONE);
  dirty_begin_ = 0;
  dirty_end_ = size_;
}

unsigned char* GuardedBuffer::prepare(std::size_t length) {
  grow(length);
  current_ = base_ + size_ - length;
  length_ = length;
  // Only what was written since is filled again: a 64 KiB buffer that gets 5 bytes costs 5 bytes.
  const std::size_t begin = std::max(dirty_begin_, size_ - length);
  if (dirty_end_ > begin) std::memset(base_ + begin, kCanary, dirty_end_ - begin);
  dirty_end_ = std::min(dirty_end_, size_ - length);
  if (dirty_begin_ >= dirty_end_) dirty_begin_ = dirty_end_ = 0;
  return current_;
}

bool GuardedBuffer::finish(std::size_t used) {
  used = std::min(used, length_);
  std::size_t last = length_;  // one past the last byte that is not canary
  std::uint64_t canaries = 0;
  std::memset(&canaries, kCanary, sizeof canaries);
  while (last >= used + sizeof canaries &&
         std::memcmp(current_ + last - sizeof canaries, &canaries, sizeof canaries) == 0)
    last -= sizeof canaries;
  while (last > used && current_[last - 1] == kCanary) --last;
  if (last > 0) {
    const std::size_t begin = static_cast<std::size_t>(current_ - base_);
    dirty_begin_ = dirty_end_ == 0 ? begin : std::min(dirty_begin_, begin);
    dirty_end_ = std::max(dirty_end_, begin + last);
  }
  return last == used;
}

unsigned char* GuardedBuffer::guard() {
  grow(1);
  return base_ + size_;
}

unsigned char* Frame::room(std::size_t size) {
  if (room_ == nullptr) room_ = aligned(static_cast<unsigned char*>(scratch.take(size + kPage)));
  return room_;
}

void Frame::bind(std::size_t param, std::int64_t value) {
  if (!slots[param].given || slots[param].arg == nullptr || !slots[param].arg->name) return;
  const NameRef& ref = *slots[param].arg->name;
  const int cell = ref.eval_cell(env);
  env.cell(ref.scope, -1, cell) = Cell{value, 1, 0};
  result.bindings.push_back(Binding{ref.scope, cell, value});
}

namespace {

// One access at a time per thread; the handler may run on any of them.
thread_local sigjmp_buf access_jump;
thread_local volatile sig_atomic_t access_guarded = 0;
thread_local siginfo_t access_info;

void on_access_fault(int signal, siginfo_t* info, void* /*context*/) {
  if (access_guarded == 0) {
    // Not ours: die of it, as without a handler.
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    return;
  }
  access_info = *info;
  siglongjmp(access_jump, 1);
}

}  // namespace

bool guarded_copy(void* to, const void* from, std::size_t length, CallResult& result) {
  struct sigaction act = {};
  struct sigaction old_segv;
  struct sigaction old_bus;
  act.sa_sigaction = on_access_fault;
  act.sa_flags = SA_SIGINFO;
  ::sigaction(SIGSEGV, &act, &old_segv);
  ::sigaction(SIGBUS, &act, &old_bus);
  bool fine = true;
  if (sigsetjmp(access_jump, 1) == 0) {
    access_guarded = 1;
    auto* destination = static_cast<volatile unsigned char*>(to);
    const auto* source = static_cast<const volatile unsigned char*>(from);
    switch (length) {
      case 4: *static_cast<volatile std::uint32_t*>(to) = *static_cast<const volatile std::uint32_t*>(from); break;
      case 8: *static_cast<volatile std::uint64_t*>(to) = *static_cast<const volatile std::uint64_t*>(from); break;
      default:
        for (std::size_t i = 0; i < length; ++i) destination[i] = source[i];
    }
  } else {
    fine = false;
    result.signal = access_info.si_signo;
    result.si_code = access_info.si_code;
    result.fault_address = reinterpret_cast<std::uintptr_t>(access_info.si_addr);
  }
  access_guarded = 0;
  ::sigaction(SIGSEGV, &old_segv, nullptr);
  ::sigaction(SIGBUS, &old_bus, nullptr);
  return fine;
}

}  // namespace kipc
