// iovec lists: what writev gathers, what readv scatters, what process_vm_readv finds in another process.
#pragma once

#include <sys/uio.h>

#include "values/type.hpp"

namespace kipc {

/// What the elements of a list are.
enum class IovecUse {
  gather,   // data: ["head", "", {"times": 3, "of": "x"}]
  scatter,  // lengths: [2, 0, {"times": 3, "of": 1}, 4096]; expected: {"0": "he", "last": {"ends": "tail"}}
  either,   // vmsplice: all of them data or all of them lengths
};

/// Slot: p is a struct iovec[n]. Of lengths the bases are empty until scatter_into() gives them a buffer.
const Type& iovec_type(IovecUse use);

/// True when the list consists of lengths.
bool is_scatter(const Slot& slot);
/// The sum of the lengths; kScatteredInVain for more than kMostScattered, which is there to be refused.
std::size_t scatter_size(const Slot& slot);
constexpr std::size_t kMostScattered = std::size_t{1} << 26;
constexpr std::size_t kScatteredInVain = std::size_t{1} << 16;
/// Lays the elements side by side in `buffer`, which has scatter_size() bytes.
void scatter_into(const Slot& slot, unsigned char* buffer);
/// Reports what the first `filled` bytes of the buffer mean for each element.
void out_scattered(Frame& frame, std::size_t param, const Slot& slot, const unsigned char* buffer, std::size_t filled);
/// The array and its number of elements when the call is told to take `count` of them (Slot of `iovcnt`): more than
/// there are get empty ones behind them.
iovec* iovecs(Frame& frame, const Slot& slot, const Slot& count, std::int64_t& elements);
/// Puts gathered data into pages of its own, so that it stays as it is when the call keeps the pages (vmsplice).
/// {"at"} stays where it is. Returns the mapping, or nullptr with size 0 when there is nothing to copy.
void* own_pages(const Slot& slot, std::size_t& size);

}  // namespace kipc
