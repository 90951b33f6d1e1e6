// What is there between two lines of the script, as the kernel shows it: read from outside, through /proc and
// duplicates of descriptors, so that nothing of it changes.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <mqueue.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <memory>

#include "base/file.hpp"
#include "base/pidfd.hpp"
#include "engine/conductor.hpp"

namespace kipc {
namespace {

using Open = Snapshot::Open;
using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

constexpr int kFirst = 3;  // below are kipc's own three, open to /dev/null

int flags_of(int pid, int fd) {
  const auto text = read_file(fmt::format("/proc/{}/fdinfo/{}", pid, fd));
  if (!text) return 0;
  const std::size_t at = text->find("flags:");
  return at == std::string::npos ? 0 : static_cast<int>(std::strtol(text->c_str() + at + 6, nullptr, 8));
}

std::int64_t bytes_in_pipe(int pid, int fd) {
  const auto copy = fetch_descriptor(pid, fd);
  int bytes = 0;
  return copy && ::ioctl(copy->get(), FIONREAD, &bytes) == 0 ? bytes : -1;
}

void look_at(int actor, int pid, int fd, bool ask, Snapshot& snapshot) {
  struct stat status {};
  const std::string path = fmt::format("/proc/{}/fd/{}", pid, fd);
  if (::stat(path.c_str(), &status) != 0) return;
  Open open;
  open.actor = actor;
  open.fd = fd;
  open.object = fmt::format("{}:{}", status.st_dev, status.st_ino);
  open.flags = flags_of(pid, fd);
  if (S_ISFIFO(status.st_mode)) {
    open.kind = Open::Kind::fifo;
    if (ask) open.queued = bytes_in_pipe(pid, fd);
  } else if (S_ISSOCK(status.st_mode)) {
    open.kind = Open::Kind::socket;
  } else {
    // A queue shows by answering as one.
    const auto copy = fetch_descriptor(pid, fd);
    mq_attr attributes{};
    if (copy && ::mq_getattr(copy->get(), &attributes) == 0) {
      open.kind = Open::Kind::mqueue;
      if (ask) open.queued = attributes.mq_curmsgs;
    }
  }
  snapshot.open.push_back(std::move(open));
}

std::vector<std::int64_t> values_of(const std::string& kind, int id) {
  if (kind == "msg") {
    msqid_ds queue{};
    if (::msgctl(id, IPC_STAT, &queue) != 0) return {};
    return {static_cast<std::int64_t>(queue.msg_qnum)};
  }
  semid_ds set{};
  union {
    semid_ds* buf;
    unsigned short* array;
  } argument{&set};
  if (::semctl(id, 0, IPC_STAT, argument) != 0) return {};
  std::vector<unsigned short> values(set.sem_nsems);
  argument.array = values.data();
  if (::semctl(id, 0, GETALL, argument) != 0) return {};
  return {values.begin(), values.end()};
}

}  // namespace

void Conductor::take_snapshot(int line) {
  Snapshot snapshot;
  snapshot.line = line;
  snapshot.events = history_.events.size();
  // Who sleeps in splice() and its like holds the lock of a pipe: asking it how much it has would wait for ever.
  const bool ask = std::none_of(players_.begin(), players_.end(), [&](const Player& player) {
    if (player.life != Life::blocked) return false;
    const std::string_view name = program_.steps[static_cast<std::size_t>(player.step)]->row->name;
    return name == "splice" || name == "tee" || name == "vmsplice";
  });
  for (int actor = 0; actor < program_.scope.actor_count; ++actor) {
    const Player& player = players_[static_cast<std::size_t>(actor)];
    const ActorSlot& slot = board_.slot(actor);
    if (player.life == Life::absent || player.life == Life::dead || is_dead(actor)) continue;
    snapshot.living.push_back({actor, player.life == Life::blocked ? player.step : -1, player.stopped});
    for (const Name& name : program_.scope.names) {
      if (name.kind != NameKind::fd && name.kind != NameKind::mqd) continue;
      for (int i = 0; i < name.capacity; ++i) {
        const Cell& cell = board_.cell(CellScope::process, slot.process, name.cell + i);
        if (cell.bound == 0) continue;
        snapshot.names.push_back(
            {actor, name.capacity > 1 ? fmt::format("{}[{}]", name.text, i) : name.text, static_cast<int>(cell.value)});
      }
    }
    if (slot.process != actor) continue;
    const Directory directory(::opendir(fmt::format("/proc/{}/fd", slot.pid).c_str()), ::closedir);
    if (!directory) continue;
    while (const dirent* entry = ::readdir(directory.get()))
      if (const int fd = std::atoi(entry->d_name); fd >= kFirst) look_at(actor, slot.pid, fd, ask, snapshot);
  }
  for (const Step* step : program_.steps) {
    if (step->row == nullptr || !step->into || (step->row->name != "msgget" && step->row->name != "semget")) continue;
    const Name& name = program_.scope.names[static_cast<std::size_t>(step->into->name)];
    const Cell& cell = board_.cell(CellScope::global, 0, name.cell);
    if (name.capacity != 1 || scope_of(name.kind) != CellScope::global || cell.bound == 0) continue;
    const std::string kind(step->row->name.substr(0, 3));
    if (auto values = values_of(kind, static_cast<int>(cell.value)); !values.empty())
      snapshot.objects.push_back({kind, name.text, std::move(values)});
  }
  history_.snapshots.push_back(std::move(snapshot));
}

}  // namespace kipc
