// The control part of sendmsg and recvmsg: what is sent beside the bytes, and what came beside them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "values/type.hpp"

namespace kipc {

/// What sendmsg sends. Slot: p, n = msg_controllen.
///   [{"cmsg_type": "SCM_RIGHTS", "fds": ["w1", "r[*]", {"times": 253, "of": "w"}]},
///    {"cmsg_type": "SCM_CREDENTIALS", "ucred": {"pid": "a.pid", "uid": 0, "gid": 0}}]
///   An item may also have "cmsg_len", "cmsg_level", a number as "cmsg_type", and "ints" or "data" as its content.
///   {"msg_controllen": N, "misaligned_by": 1, "raw": [items]} for what no correct sender would send.
///   "null", "unmapped".
const Type& control_type();

/// Where recvmsg puts it. In: {"msg_controllen": N, "misaligned_by": 1}, "null", "unmapped"; Slot: p, n.
/// Expected: the items in their order, each by the fields it names; `fds` is how many came.
///   [{"cmsg_level": "SOL_SOCKET", "cmsg_type": "SCM_RIGHTS", "cmsg_len": "CMSG_LEN(sizeof(int))", "fds": 1}]
const Type& control_buffer_type();

/// Names for the descriptors that come, in their order: ["p", "q"], or ["got[*]"] for as many as come.
/// Expected: how many came, an integer matcher.
const Type& received_fds_type();

/// One item as it came back, in kipc's own form.
struct ControlItem {
  std::uint64_t cmsg_len = 0;
  std::int32_t cmsg_level = 0;
  std::int32_t cmsg_type = 0;
  std::string data = {};
  /// The descriptors of an SCM_RIGHTS item, none of any other.
  [[nodiscard]] std::vector<int> fds() const;
};

/// Reads what the kernel left in the first `length` bytes of a control buffer, aligned or not.
std::vector<ControlItem> read_control(const void* control, std::size_t length);
/// The form given to Frame::out, and back.
std::string pack_control(const std::vector<ControlItem>& items);
std::vector<ControlItem> unpack_control(std::string_view actual);

/// Binds the names of a received_fds_type() argument to these descriptors, closes those without a name, and reports
/// how many there were.
void bind_received_fds(Frame& frame, std::size_t param, const std::vector<int>& fds);

}  // namespace kipc
