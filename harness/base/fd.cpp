#include "base/fd.hpp"

namespace kipc {

ErrnoOr<Mapping> Mapping::shared(std::size_t length, int fd) {
  const int flags = fd < 0 ? MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED | MAP_NORESERVE;
  void* address = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (address == MAP_FAILED) return fail_errno("mmap");
  return Mapping(address, length);
}

}  // namespace kipc
