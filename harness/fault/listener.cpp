#include "fault/listener.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>

namespace kipc {
namespace {

/// The kernel's structures may be longer than the ones this was built with.
const seccomp_notif_sizes& sizes() {
  static const seccomp_notif_sizes known = [] {
    seccomp_notif_sizes asked{sizeof(seccomp_notif), sizeof(seccomp_notif_resp), sizeof(seccomp_data)};
    if (::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &asked) != 0) return asked;
    asked.seccomp_notif = std::max<std::uint16_t>(asked.seccomp_notif, sizeof(seccomp_notif));
    asked.seccomp_notif_resp = std::max<std::uint16_t>(asked.seccomp_notif_resp, sizeof(seccomp_notif_resp));
    return asked;
  }();
  return known;
}

}  // namespace

bool Listener::pending() const {
  if (!fd_) return false;
  pollfd waiting{fd_.get(), POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1 && (waiting.revents & POLLIN) != 0;
}

std::optional<HeldCall> Listener::receive() {
  if (!pending()) return std::nullopt;  // the request would wait
  std::vector<unsigned char> memory(sizes().seccomp_notif);
  auto* notice = reinterpret_cast<seccomp_notif*>(memory.data());
  if (::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_RECV, notice) != 0) return std::nullopt;
  return HeldCall{notice->id, static_cast<pid_t>(notice->pid), notice->data.nr, notice->data.args[0]};
}

void Listener::let_run(const HeldCall& call) { answer(call, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE); }

void Listener::refuse(const HeldCall& call, int error) { answer(call, -error, 0); }

void Listener::answer(const HeldCall& call, int error, std::uint32_t flags) {
  std::vector<unsigned char> memory(sizes().seccomp_notif_resp);
  auto* response = reinterpret_cast<seccomp_notif_resp*>(memory.data());
  response->id = call.id;
  response->error = error;
  response->flags = flags;
  (void)::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_SEND, response);  // ENOENT: the thread has gone
}

}  // namespace kipc
