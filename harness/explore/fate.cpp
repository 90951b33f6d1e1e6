#include "explore/fate.hpp"

#include <sys/socket.h>

#include <algorithm>

namespace kipc {
namespace {

using Open = Snapshot::Open;

/// What a call waits for.
enum class Waits {
  child,
  cond,
  connect,
  futex,
  lock,
  mutex,
  nothing_owed,  // nobody's death has to wake it
  poll,
  semaphores,
  to_read,
  to_write,
  unruled
};

struct Rule {
  std::string_view call;
  Waits waits;
};

// Beside the call table: a new row that sleeps is explored as soon as it stands here.
constexpr Rule kRules[] = {{"accept", Waits::nothing_owed},
                           {"accept4", Waits::nothing_owed},
                           {"connect", Waits::connect},
                           {"epoll_pwait", Waits::poll},
                           {"epoll_wait", Waits::poll},
                           {"fcntl", Waits::lock},
                           {"flock", Waits::lock},
                           {"futex", Waits::futex},
                           {"futex_waitv", Waits::futex},
                           {"lockf", Waits::lock},
                           {"mq_receive", Waits::nothing_owed},
                           {"mq_send", Waits::nothing_owed},
                           {"mq_timedreceive", Waits::nothing_owed},
                           {"mq_timedsend", Waits::nothing_owed},
                           {"msgrcv", Waits::nothing_owed},
                           {"msgsnd", Waits::nothing_owed},
                           {"open", Waits::nothing_owed},
                           {"pause", Waits::nothing_owed},
                           {"poll", Waits::poll},
                           {"ppoll", Waits::poll},
                           {"pselect", Waits::poll},
                           {"pthread_barrier_wait", Waits::nothing_owed},
                           {"pthread_cond_clockwait", Waits::cond},
                           {"pthread_cond_timedwait", Waits::cond},
                           {"pthread_cond_wait", Waits::cond},
                           {"pthread_mutex_clocklock", Waits::mutex},
                           {"pthread_mutex_lock", Waits::mutex},
                           {"pthread_mutex_timedlock", Waits::mutex},
                           {"pthread_rwlock_clockrdlock", Waits::nothing_owed},
                           {"pthread_rwlock_clockwrlock", Waits::nothing_owed},
                           {"pthread_rwlock_rdlock", Waits::nothing_owed},
                           {"pthread_rwlock_timedrdlock", Waits::nothing_owed},
                           {"pthread_rwlock_timedwrlock", Waits::nothing_owed},
                           {"pthread_rwlock_wrlock", Waits::nothing_owed},
                           {"read", Waits::to_read},
                           {"readv", Waits::to_read},
                           {"recv", Waits::to_read},
                           {"recvfrom", Waits::to_read},
                           {"recvmsg", Waits::to_read},
                           {"select", Waits::poll},
                           {"sem_clockwait", Waits::nothing_owed},
                           {"sem_timedwait", Waits::nothing_owed},
                           {"sem_wait", Waits::nothing_owed},
                           {"semop", Waits::semaphores},
                           {"semtimedop", Waits::semaphores},
                           {"send", Waits::to_write},
                           {"sendmsg", Waits::to_write},
                           {"sendto", Waits::to_write},
                           {"sigsuspend", Waits::nothing_owed},
                           {"sigtimedwait", Waits::nothing_owed},
                           {"sigwait", Waits::nothing_owed},
                           {"sigwaitinfo", Waits::nothing_owed},
                           {"wait", Waits::child},
                           {"waitid", Waits::child},
                           {"waitpid", Waits::child},
                           {"write", Waits::to_write},
                           {"writev", Waits::to_write}};

Waits waits_of(const Row& row) {
  const auto found =
      std::find_if(std::begin(kRules), std::end(kRules), [&](const Rule& rule) { return rule.call == row.name; });
  return found == std::end(kRules) ? Waits::unruled : found->waits;
}

/// POSIX read(): end-of-file when no process has the pipe open for writing; write(): EPIPE and SIGPIPE when none has it
/// open for reading.
Fate at_pipe(const Circumstances& now, const std::string& object, bool reads) {
  if (reads)
    return now.world.writers(object) > 0 ? Fate{Fate::Kind::stays} : Fate{Fate::Kind::returns, R"({"return": 0})"};
  if (now.world.readers(object) > 0) return {Fate::Kind::stays};
  return {now.script.sigpipe ? Fate::Kind::unruled : Fate::Kind::dies};
}

Fate at_descriptor(const Circumstances& now, const Snapshot::Living& sleeper, const Step& step, bool reads) {
  const Node* argument = step.node.find(step.row->params[0].name);
  const Open* open = argument == nullptr ? nullptr : now.world.find(sleeper.actor, argument->text);
  if (open == nullptr) return {};
  switch (open->kind) {
    // eventfd(2), timerfd_create(2), signalfd(2): what they wait for does not come of a death.
    case Open::Kind::eventfd:
    case Open::Kind::signalfd: return {Fate::Kind::stays};
    case Open::Kind::fifo: return at_pipe(now, open->object, reads);
    case Open::Kind::socket: return fate_at_socket(now, step, *open, reads);
    default: return {};
  }
}

/// POSIX waitpid(): it returns the pid of a child that has ended.
Fate at_child(const Circumstances& now, const Snapshot::Living& sleeper, const Step& step) {
  const World& world = now.world;
  const std::string text = to_json(step.node);
  for (const char* word : {"WUNTRACED", "WSTOPPED", "WCONTINUED", "P_PGID"})
    if (text.find(word) != std::string::npos) return {};
  std::string only;  // this child, "" for any
  if (step.row->name != "wait") {
    const Node* id = step.node.find(step.row->name == "waitid" ? "id" : "pid");
    const bool any = step.row->name == "waitid" ? text.find("P_ALL") != std::string::npos
                                                : id != nullptr && id->is_integer() && id->number == -1;
    if (!any) {
      if (id == nullptr || id->text.size() < 4 || id->text.substr(id->text.size() - 4) != ".pid") return {};
      only = id->text.substr(0, id->text.size() - 4);
    }
  }
  // Threads of one process wait for the same children: which of them gets one is left open.
  for (const Snapshot::Living& other : world.survivors())
    if (other.actor != sleeper.actor && other.blocked_in >= 0 &&
        world.process_of(other.actor) == world.process_of(sleeper.actor) &&
        waits_of(*world.program().steps[static_cast<std::size_t>(other.blocked_in)]->row) == Waits::child)
      return {};
  std::string pids;
  const auto& actors = world.history().actors;
  bool found = only.empty();
  for (int actor = 0; actor < static_cast<int>(actors.size()); ++actor) {
    const ActorRecord& record = actors[static_cast<std::size_t>(actor)];
    if (record.parent < 0 || record.process != actor ||
        world.process_of(record.parent) != world.process_of(sleeper.actor))
      continue;
    const std::string name = world.name_of(actor);
    if (!only.empty() && name != only) continue;
    found = true;
    if (world.dead().count(actor) != 0) pids += (pids.empty() ? "\"" : ", \"") + name + ".pid\"";
  }
  if (!found) return {};
  if (pids.empty()) return {Fate::Kind::stays};
  return {Fate::Kind::returns, step.row->name == "waitid" ? R"({"return": 0})" : "{\"return\": [" + pids + "]}"};
}

Fate at_semaphores(const Circumstances& now, const Snapshot::Living& sleeper) {
  if (now.undone.unclear.count(sleeper.actor) != 0) return {};
  if (now.undone.back.count(sleeper.actor) != 0) return {Fate::Kind::returns, R"({"return": 0})"};
  return {Fate::Kind::stays};
}

/// Its child or its parent is among the dead, and the script does something with what that sends.
bool is_told_of_death(const Circumstances& now, const Snapshot::Living& sleeper) {
  const World& world = now.world;
  const auto& actors = world.history().actors;
  const int parent = actors[static_cast<std::size_t>(world.process_of(sleeper.actor))].parent;
  if (now.script.parent_signals && parent >= 0 && world.dead().count(world.process_of(parent)) != 0) return true;
  return now.script.child_signals && std::any_of(actors.begin(), actors.end(), [&](const ActorRecord& record) {
           return record.parent >= 0 && world.dead().count(record.process) != 0 &&
                  world.process_of(record.parent) == world.process_of(sleeper.actor);
         });
}

bool concerns_descriptors(const Row& row) {
  const Waits waits = waits_of(row);
  return waits == Waits::connect || waits == Waits::lock || waits == Waits::poll || waits == Waits::to_read ||
         waits == Waits::to_write;
}

Fate by_rule(const Circumstances& now, const Snapshot::Living& sleeper, const Step& step) {
  switch (waits_of(*step.row)) {
    case Waits::child: return at_child(now, sleeper, step);
    case Waits::cond: return fate_at_cond(now, sleeper, step);
    case Waits::connect: return fate_at_connect(now, sleeper, step);
    case Waits::futex: return fate_at_futex(now, step);
    case Waits::lock: return fate_at_lock(now, sleeper, step);
    case Waits::mutex: return fate_at_mutex(now, sleeper, step);
    case Waits::nothing_owed: return {Fate::Kind::stays};
    case Waits::poll: return fate_at_poll(now, sleeper, step);
    case Waits::semaphores: return at_semaphores(now, sleeper);
    case Waits::to_read: return at_descriptor(now, sleeper, step, true);
    case Waits::to_write: return at_descriptor(now, sleeper, step, false);
    case Waits::unruled: break;
  }
  return {};
}

}  // namespace

std::string quoted(const std::string& text) { return to_json(Node::string(text)); }

bool mentions(const Program& program, std::string_view word) {
  return std::any_of(program.script.begin(), program.script.end(),
                     [&](const Step& step) { return to_json(step.node).find(word) != std::string::npos; });
}

Reservations::Reservations(const Program& program)
    : in_flight(mentions(program, "rights") || mentions(program, "SCM_RIGHTS")),
      sigpipe(mentions(program, "SIGPIPE")),
      child_signals(mentions(program, "SIGCHLD")),
      parent_signals(mentions(program, "PDEATHSIG")),
      shut(mentions(program, "\"shutdown\"")),
      async(mentions(program, "O_ASYNC")),
      own_robust_lists(mentions(program, "robust_list")) {}

Fate fate_of(const Circumstances& now, const Snapshot::Living& sleeper) {
  const Step& step = *now.world.program().steps[static_cast<std::size_t>(sleeper.blocked_in)];
  if (step.finite_time || now.script.async || is_told_of_death(now, sleeper)) return {};
  const Fate fate = by_rule(now, sleeper, step);
  // A descriptor in flight may hold open what seems to be gone, and who is stopped comes back later.
  const bool can_tell = !sleeper.stopped && !now.script.in_flight;
  return fate.kind == Fate::Kind::stays || can_tell || (!sleeper.stopped && !concerns_descriptors(*step.row)) ? fate
                                                                                                              : Fate{};
}

}  // namespace kipc
