#include "probe/server.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <exception>

#include "base/bytes.hpp"
#include "probe/programs.hpp"

namespace kipc {
namespace {

void send_text(int socket, const std::string& text) { (void)!::send(socket, text.data(), text.size(), MSG_NOSIGNAL); }

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

std::string obey(Programs& programs, const ProbeCommand& command) {
  if (command.what == ProbeCommand::What::detach) {
    programs.detach();
    return "";
  }
  auto done = programs.attach(FigureSet(command.figures), command.times);
  if (done) return "";
  programs.detach();
  return done.error().text;
}

}  // namespace

std::string write_greeting(const ProbeGreeting& greeting) {
  ByteWriter to;
  to.put_text(greeting.text);
  to.put_text(greeting.enable);
  for (const Provenance& figure : greeting.figures)
    for (const std::string* text : {&figure.how, &figure.missing, &figure.enable}) to.put_text(text->substr(0, 400));
  return to.take();
}

ProbeGreeting read_greeting(std::string_view bytes) {
  ByteReader from(bytes);
  ProbeGreeting greeting;
  greeting.text = from.get_text();
  greeting.enable = from.get_text();
  for (Provenance& figure : greeting.figures)
    for (std::string* text : {&figure.how, &figure.missing, &figure.enable}) *text = from.get_text();
  return greeting;
}

void serve_probes(int socket, int slots) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::signal(SIGINT, SIG_IGN);  // an interrupted run still reads what was counted
  ProbeGreeting greeting;
  Programs programs;
  try {
    if (auto loaded = programs.load(slots, greeting.figures, greeting.enable); !loaded)
      greeting.text = loaded.error().text;
  } catch (const std::exception& error) {
    greeting.text = error.what();
  }
  greeting.text.resize(std::min<std::size_t>(greeting.text.size(), 1000));
  send_with_descriptor(socket, write_greeting(greeting), greeting.text.empty() ? programs.costs_fd() : -1);
  ProbeCommand command;
  while (greeting.text.empty() && ::recv(socket, &command, sizeof command, 0) == ssize_t{sizeof command})
    send_text(socket, " " + obey(programs, command));
  ::_exit(0);
}

}  // namespace kipc
