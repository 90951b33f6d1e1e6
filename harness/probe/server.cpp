#include "probe/server.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "base/bytes.hpp"

namespace kipc {
namespace {

constexpr std::size_t kGreetingBytes = 16384;
constexpr std::size_t kTextBytes = 400;

void send_with_descriptor(int socket, std::string text, int fd) {
  iovec data{text.data(), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  (void)!::sendmsg(socket, &message, MSG_NOSIGNAL);
}

/// The greeting, and the descriptor that comes with it.
ErrnoOr<Fd> receive_greeting(int socket, ProbeGreeting& greeting) {
  std::string bytes(kGreetingBytes, '\0');
  iovec data{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return tl::make_unexpected(Errno{got == 0 ? ECONNRESET : errno, "recvmsg"});
  Fd fd;
  if (const cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    int number = -1;
    std::memcpy(&number, CMSG_DATA(header), sizeof number);
    fd = Fd(number);
  }
  greeting = read_greeting(std::string_view(bytes).substr(0, static_cast<std::size_t>(got)));
  return fd;
}

std::string obey(Programs& programs, const ProbeCommand& command) {
  if (command.what == ProbeCommand::What::misses) return std::to_string(programs.misses());
  if (command.what == ProbeCommand::What::detach) {
    programs.detach();
    return "";
  }
  auto done = programs.attach(command);
  if (done) return "";
  programs.detach();
  return done.error().text;
}

[[noreturn]] void serve(int socket, MakePrograms make, int slots) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::signal(SIGINT, SIG_IGN);  // an interrupted run still reads what was counted
  const std::unique_ptr<Programs> programs = make();
  ProbeGreeting greeting;
  try {
    programs->load(slots, greeting);
  } catch (const std::exception& error) {
    greeting.text = error.what();
  }
  send_with_descriptor(socket, write_greeting(greeting), greeting.text.empty() ? programs->map() : -1);
  ProbeCommand command;
  while (greeting.text.empty() && ::recv(socket, &command, sizeof command, 0) == ssize_t{sizeof command}) {
    const std::string answer = " " + obey(*programs, command);
    (void)!::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
  }
  ::_exit(0);
}

}  // namespace

std::string write_greeting(const ProbeGreeting& greeting) {
  ByteWriter to;
  to.put_text(std::string_view(greeting.text).substr(0, 2 * kTextBytes));
  to.put_text(std::string_view(greeting.enable).substr(0, kTextBytes));
  to.put(static_cast<std::uint32_t>(greeting.means.size()));
  for (const Provenance& one : greeting.means)
    for (const std::string* text : {&one.how, &one.missing, &one.enable})
      to.put_text(std::string_view(*text).substr(0, kTextBytes));
  return to.take();
}

ProbeGreeting read_greeting(std::string_view bytes) {
  ByteReader from(bytes);
  ProbeGreeting greeting;
  greeting.text = from.get_text();
  greeting.enable = from.get_text();
  greeting.means.resize(from.get<std::uint32_t>());
  for (Provenance& one : greeting.means)
    for (std::string* text : {&one.how, &one.missing, &one.enable}) *text = from.get_text();
  return greeting;
}

ProbeServer::~ProbeServer() {
  socket_.reset();
  if (pid_ > 0)
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Result<Mapping> ProbeServer::start(MakePrograms make, int slots, std::size_t bytes, ProbeGreeting& greeting) {
  const auto failed = [&](const std::string& why) {
    greeting.text = why;
    return fail(why);
  };
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0)
    return failed(Errno::last("socketpair").text());
  socket_ = Fd(pair[0]);
  Fd theirs(pair[1]);
  pid_ = ::fork();
  if (pid_ < 0) return failed(Errno::last("fork").text());
  if (pid_ == 0) {
    ::close(pair[0]);
    serve(theirs.get(), make, slots);
  }
  theirs.reset();
  const auto fd = receive_greeting(pair[0], greeting);
  if (!fd) return failed("the process that loads eBPF programs ended: " + fd.error().text());
  if (!greeting.text.empty()) return fail(greeting.text);
  auto mapping = Mapping::shared(bytes, fd->get());
  if (!mapping) return failed("what is counted cannot be mapped: " + mapping.error().text());
  return std::move(*mapping);
}

Result<void> ProbeServer::ask(const ProbeCommand& command) {
  auto answer = exchange(command);
  if (!answer) return fail(answer.error().text);
  if (!answer->empty()) return fail("probes: " + *answer);
  return {};
}

Result<std::uint64_t> ProbeServer::misses() {
  auto answer = exchange({ProbeCommand::What::misses, false, 0});
  if (!answer) return fail(answer.error().text);
  return std::strtoull(answer->c_str(), nullptr, 10);
}

Result<std::string> ProbeServer::exchange(const ProbeCommand& command) {
  std::array<char, 1024> answer{};
  if (::send(socket_.get(), &command, sizeof command, MSG_NOSIGNAL) != ssize_t{sizeof command})
    return fail(fmt::format("probes: {}", Errno::last("send").text()));
  ssize_t got = 0;
  do {
    got = ::recv(socket_.get(), answer.data(), answer.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return fail("probes: the process that holds them has ended");
  return std::string(answer.data() + 1, static_cast<std::size_t>(got - 1));
}

}  // namespace kipc
