#include "base/result.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace kipc {
namespace {

struct Named {
  std::string_view name;
  int number;
};

#define KIPC_E(name) \
  Named { #name, name }
// All that Linux has, alphabetical. The first name of a number is the one printed: aliases stand at the end.
constexpr std::array kErrnos = {
    KIPC_E(E2BIG), KIPC_E(EACCES), KIPC_E(EADDRINUSE), KIPC_E(EADDRNOTAVAIL), KIPC_E(EADV), KIPC_E(EAFNOSUPPORT),
    KIPC_E(EAGAIN), KIPC_E(EALREADY), KIPC_E(EBADE), KIPC_E(EBADF), KIPC_E(EBADFD), KIPC_E(EBADMSG), KIPC_E(EBADR),
    KIPC_E(EBADRQC), KIPC_E(EBADSLT), KIPC_E(EBFONT), KIPC_E(EBUSY), KIPC_E(ECANCELED), KIPC_E(ECHILD), KIPC_E(ECHRNG),
    KIPC_E(ECOMM), KIPC_E(ECONNABORTED), KIPC_E(ECONNREFUSED), KIPC_E(ECONNRESET), KIPC_E(EDEADLK),
    KIPC_E(EDESTADDRREQ), KIPC_E(EDOM), KIPC_E(EDOTDOT), KIPC_E(EDQUOT), KIPC_E(EEXIST), KIPC_E(EFAULT), KIPC_E(EFBIG),
    KIPC_E(EHOSTDOWN), KIPC_E(EHOSTUNREACH), KIPC_E(EHWPOISON), KIPC_E(EIDRM), KIPC_E(EILSEQ), KIPC_E(EINPROGRESS),
    KIPC_E(EINTR), KIPC_E(EINVAL), KIPC_E(EIO), KIPC_E(EISCONN), KIPC_E(EISDIR), KIPC_E(EISNAM), KIPC_E(EKEYEXPIRED),
    KIPC_E(EKEYREJECTED), KIPC_E(EKEYREVOKED), KIPC_E(EL2HLT), KIPC_E(EL2NSYNC), KIPC_E(EL3HLT), KIPC_E(EL3RST),
    KIPC_E(ELIBACC), KIPC_E(ELIBBAD), KIPC_E(ELIBEXEC), KIPC_E(ELIBMAX), KIPC_E(ELIBSCN), KIPC_E(ELNRNG), KIPC_E(ELOOP),
    KIPC_E(EMEDIUMTYPE), KIPC_E(EMFILE), KIPC_E(EMLINK), KIPC_E(EMSGSIZE), KIPC_E(EMULTIHOP), KIPC_E(ENAMETOOLONG),
    KIPC_E(ENAVAIL), KIPC_E(ENETDOWN), KIPC_E(ENETRESET), KIPC_E(ENETUNREACH), KIPC_E(ENFILE), KIPC_E(ENOANO),
    KIPC_E(ENOBUFS), KIPC_E(ENOCSI), KIPC_E(ENODATA), KIPC_E(ENODEV), KIPC_E(ENOENT), KIPC_E(ENOEXEC), KIPC_E(ENOKEY),
    KIPC_E(ENOLCK), KIPC_E(ENOLINK), KIPC_E(ENOMEDIUM), KIPC_E(ENOMEM), KIPC_E(ENOMSG), KIPC_E(ENONET), KIPC_E(ENOPKG),
    KIPC_E(ENOPROTOOPT), KIPC_E(ENOSPC), KIPC_E(ENOSR), KIPC_E(ENOSTR), KIPC_E(ENOSYS), KIPC_E(ENOTBLK),
    KIPC_E(ENOTCONN), KIPC_E(ENOTDIR), KIPC_E(ENOTEMPTY), KIPC_E(ENOTNAM), KIPC_E(ENOTRECOVERABLE), KIPC_E(ENOTSOCK),
    KIPC_E(ENOTTY), KIPC_E(ENOTUNIQ), KIPC_E(ENXIO), KIPC_E(EOPNOTSUPP), KIPC_E(EOVERFLOW), KIPC_E(EOWNERDEAD),
    KIPC_E(EPERM), KIPC_E(EPFNOSUPPORT), KIPC_E(EPIPE), KIPC_E(EPROTO), KIPC_E(EPROTONOSUPPORT), KIPC_E(EPROTOTYPE),
    KIPC_E(ERANGE), KIPC_E(EREMCHG), KIPC_E(EREMOTE), KIPC_E(EREMOTEIO), KIPC_E(ERESTART), KIPC_E(ERFKILL),
    KIPC_E(EROFS), KIPC_E(ESHUTDOWN), KIPC_E(ESOCKTNOSUPPORT), KIPC_E(ESPIPE), KIPC_E(ESRCH), KIPC_E(ESRMNT),
    KIPC_E(ESTALE), KIPC_E(ESTRPIPE), KIPC_E(ETIME), KIPC_E(ETIMEDOUT), KIPC_E(ETOOMANYREFS), KIPC_E(ETXTBSY),
    KIPC_E(EUCLEAN), KIPC_E(EUNATCH), KIPC_E(EUSERS), KIPC_E(EXDEV), KIPC_E(EXFULL),
    // aliases
    KIPC_E(EDEADLOCK), KIPC_E(ENOTSUP), KIPC_E(EWOULDBLOCK)};
#undef KIPC_E

}  // namespace

std::string_view errno_name(int number) {
  for (const Named& entry : kErrnos)
    if (entry.number == number) return entry.name;
  return "";
}

int errno_number(std::string_view name) {
  for (const Named& entry : kErrnos)
    if (entry.name == name) return entry.number;
  return -1;
}

std::string Errno::name() const {
  const std::string_view known = errno_name(number);
  return known.empty() ? fmt::format("errno {}", number) : std::string(known);
}

std::string Errno::text() const { return fmt::format("{}: {} ({})", call, name(), std::strerror(number)); }

}  // namespace kipc
