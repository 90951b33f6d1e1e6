#include "fault/freezer.hpp"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace kipc {
namespace {

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

std::size_t whole_pages(std::size_t bytes) { return (bytes + page_size() - 1) / page_size() * page_size(); }

ErrnoOr<Mapping> private_memory(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("mmap");
  // A huge page would reach over the boundary.
  (void)::madvise(memory, bytes, MADV_NOHUGEPAGE);
  return Mapping(memory, bytes);
}

}  // namespace

ErrnoOr<void> FreezeArea::make(std::size_t bytes) {
  bytes_ = whole_pages(bytes);
  auto area = private_memory(bytes_ * 2);
  if (!area) return tl::make_unexpected(area.error());
  auto rest = private_memory(bytes_);
  if (!rest) return tl::make_unexpected(rest.error());
  area_ = std::move(*area);
  rest_ = std::move(*rest);
  return {};
}

void* FreezeArea::lay(const void* data, std::size_t size, std::size_t offset) {
  offset = std::min(offset, size);
  if (offset > bytes_ || size - offset > bytes_) return nullptr;
  const auto* from = static_cast<const unsigned char*>(data);
  auto* begin = static_cast<unsigned char*>(area_.get()) + bytes_ - offset;
  std::memcpy(begin, from, offset);
  std::memcpy(rest_.get(), from + offset, size - offset);
  return begin;
}

std::uint64_t FreezeArea::boundary() const { return reinterpret_cast<std::uintptr_t>(area_.get()) + bytes_; }

std::uint64_t FreezeArea::rest() const { return reinterpret_cast<std::uintptr_t>(rest_.get()); }

ErrnoOr<Fd> open_userfaultfd() {
  Fd fd(static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK)));
  if (!fd) return fail_errno("userfaultfd");
  uffdio_api api{UFFD_API, 0, 0};
  if (::ioctl(fd.get(), UFFDIO_API, &api) != 0) return fail_errno("UFFDIO_API");
  return fd;
}

ErrnoOr<Freezer> Freezer::withhold(Fd uffd, pid_t pid, std::uint64_t boundary, std::uint64_t rest, std::size_t bytes) {
  Freezer made;
  made.uffd_ = std::move(uffd);
  made.pid_ = pid;
  made.boundary_ = boundary;
  made.rest_ = rest;
  made.bytes_ = bytes;
  uffdio_register range{};
  range.range.start = boundary;
  range.range.len = bytes;
  range.mode = UFFDIO_REGISTER_MODE_MISSING;
  if (::ioctl(made.uffd_.get(), UFFDIO_REGISTER, &range) != 0) return fail_errno("UFFDIO_REGISTER");
  return made;
}

bool Freezer::frozen() {
  uffd_msg message{};
  while (!frozen_ && ::read(uffd_.get(), &message, sizeof message) == static_cast<ssize_t>(sizeof message))
    frozen_ = message.event == UFFD_EVENT_PAGEFAULT;
  return frozen_;
}

ErrnoOr<void> Freezer::thaw() {
  std::vector<unsigned char> data(bytes_);
  iovec local{data.data(), data.size()};
  iovec remote{reinterpret_cast<void*>(rest_), data.size()};
  if (::process_vm_readv(pid_, &local, 1, &remote, 1, 0) != static_cast<ssize_t>(data.size()))
    return fail_errno("process_vm_readv");
  uffdio_copy copy{};
  copy.dst = boundary_;
  copy.src = reinterpret_cast<std::uintptr_t>(data.data());
  copy.len = bytes_;
  if (::ioctl(uffd_.get(), UFFDIO_COPY, &copy) != 0) return fail_errno("UFFDIO_COPY");
  frozen_ = false;
  uffd_.reset();
  return {};
}

}  // namespace kipc
