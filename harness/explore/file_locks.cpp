#include "explore/file_locks.hpp"

#include <algorithm>
#include <limits>

namespace kipc {
namespace {

using Kind = Snapshot::FileLock::Kind;
constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

bool has_flag(const Node* flags, std::string_view name) {
  return flags != nullptr &&
         std::any_of(flags->items.begin(), flags->items.end(), [&](const Node& flag) { return flag.text == name; });
}

/// l_start or l_len as it stands there; nothing for an expression.
bool plain(const Node* lock, const char* field, std::int64_t& value) {
  const Node* node = lock->find(field);
  if (node == nullptr) return true;
  value = node->number;
  return node->is_integer();
}

void set_range(Snapshot::FileLock& lock, std::int64_t start, std::int64_t length) {
  lock.start = length < 0 ? start + length : start;
  lock.end = length == 0 ? kEnd : length < 0 ? start - 1 : start + length - 1;
}

bool same(const HeldLock& a, const HeldLock& b) {
  return a.object == b.object && a.lock.kind == b.lock.kind && a.lock.exclusive == b.lock.exclusive &&
         a.lock.start == b.lock.start && a.lock.end == b.lock.end;
}

std::vector<HeldLock> locks_of(const World& world, bool of_survivors) {
  std::vector<HeldLock> found;
  for (const Snapshot::Open& open : world.snapshot().open) {
    if ((world.dead().count(open.actor) == 0) != of_survivors) continue;
    for (const Snapshot::FileLock& lock : open.locks) found.push_back({lock, open.object, open.actor, {}});
  }
  return found;
}

}  // namespace

bool HeldLock::stands_against(const HeldLock& other) const {
  const bool records = lock.kind != Kind::flock;
  if (object != other.object || records != (other.lock.kind != Kind::flock)) return false;
  if (!lock.exclusive && !other.lock.exclusive) return false;
  if (lock.kind == Kind::posix && other.lock.kind == Kind::posix && process == other.process) return false;
  return lock.start <= other.lock.end && other.lock.start <= lock.end;
}

std::vector<HeldLock> held_locks(const World& world) { return locks_of(world, true); }

std::vector<HeldLock> released_locks(const World& world) {
  std::vector<HeldLock> released = locks_of(world, false);
  const std::vector<HeldLock> held = held_locks(world);
  released.erase(std::remove_if(released.begin(), released.end(),
                                [&](const HeldLock& lock) {
                                  return lock.lock.kind != Kind::posix &&
                                         std::any_of(held.begin(), held.end(),
                                                     [&](const HeldLock& other) { return same(lock, other); });
                                }),
                 released.end());
  return released;
}

bool is_refused(const World& world, const HeldLock& wanted) {
  const std::vector<HeldLock> held = held_locks(world);
  return std::any_of(held.begin(), held.end(), [&](const HeldLock& lock) {
    const bool own = std::any_of(wanted.own.begin(), wanted.own.end(), [&](const Snapshot::FileLock& mine) {
      return lock.lock.kind != Kind::posix && same(lock, {mine, wanted.object, lock.process, {}});
    });
    return !own && lock.stands_against(wanted);
  });
}

std::optional<HeldLock> wanted_lock(const World& world, int actor, const Step& step) {
  if (step.row == nullptr) return std::nullopt;
  const Node* fd = step.node.find("fd");
  const Snapshot::Open* open = fd == nullptr ? nullptr : world.find(actor, fd->text);
  if (open == nullptr) return std::nullopt;
  HeldLock wanted;
  wanted.object = open->object;
  wanted.process = world.process_of(actor);
  wanted.own = open->locks;
  if (step.row->name == "flock") {
    const Node* operation = step.node.find("operation");
    wanted.lock = {Kind::flock, has_flag(operation, "LOCK_EX"), 0, kEnd};
    return has_flag(operation, "LOCK_EX") || has_flag(operation, "LOCK_SH") ? std::optional(wanted) : std::nullopt;
  }
  const Node* command = step.node.find("cmd");
  if (command == nullptr) return std::nullopt;
  if (step.row->name == "lockf") {
    const Node* length = step.node.find("len");
    if (command->text != "F_LOCK" || length == nullptr || !length->is_integer()) return std::nullopt;
    wanted.lock.exclusive = true;
    set_range(wanted.lock, open->position, length->number);
    return wanted;
  }
  const Node* lock = step.node.find("lock");
  const bool ofd = command->text == "F_OFD_SETLKW";
  std::int64_t start = 0;
  std::int64_t length = 0;
  if (step.row->name != "fcntl" || (!ofd && command->text != "F_SETLKW") || lock == nullptr || !lock->is_object() ||
      !plain(lock, "l_start", start) || !plain(lock, "l_len", length))
    return std::nullopt;
  if (const Node* whence = lock->find("l_whence"); whence != nullptr && whence->text != "SEEK_SET") return std::nullopt;
  const Node* type = lock->find("l_type");
  if (type == nullptr || lock->find("from") != nullptr) return std::nullopt;
  wanted.lock.kind = ofd ? Kind::ofd : Kind::posix;
  wanted.lock.exclusive = type->text == "F_WRLCK";
  set_range(wanted.lock, start, length);
  return wanted;
}

}  // namespace kipc
