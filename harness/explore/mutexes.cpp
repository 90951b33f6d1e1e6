#include "explore/mutexes.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>

namespace kipc {
namespace {

bool is_mutex_call(std::string_view name) { return name.substr(0, 14) == "pthread_mutex_"; }
bool is_lock(std::string_view name) {
  return name == "pthread_mutex_lock" || name == "pthread_mutex_trylock" || name == "pthread_mutex_timedlock" ||
         name == "pthread_mutex_clocklock";
}
bool is_wait(std::string_view name) {
  return name == "pthread_cond_wait" || name == "pthread_cond_timedwait" || name == "pthread_cond_clockwait";
}

bool uses_mutexes(const Step& step) {
  if (step.row != nullptr && is_mutex_call(step.row->name)) return true;
  return std::any_of(step.steps.begin(), step.steps.end(), uses_mutexes);
}

bool has_concurrent(const Step& step) {
  return step.kind == Step::Kind::concurrently || std::any_of(step.steps.begin(), step.steps.end(), has_concurrent);
}

/// True for a text that means the same place in every actor with that mapping: "mem.m", "mem.m[3]".
bool is_fixed(const std::string& text) {
  bool index = false;
  for (const char c : text) {
    if (c == '[') index = true;
    if (c == ']') index = false;
    const bool letter =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '[' || c == ']';
    if (!letter || (index && std::isalpha(static_cast<unsigned char>(c)) != 0)) return false;
  }
  return true;
}

std::string text_of(const Step& call, std::string_view argument) {
  const Node* node = call.node.find(argument);
  return node != nullptr && node->is_string() ? node->text : "";
}

class Reader {
 public:
  explicit Reader(const World& world) : world_(world) {}

  Mutexes run() {
    const std::size_t until = world_.snapshot().events;
    for (std::size_t i = 0; i < until && i < world_.history().events.size(); ++i) read(world_.history().events[i], i);
    forget_what_ran_freely();
    return std::move(mutexes_);
  }

 private:
  void read(const Event& event, std::size_t at) {
    const bool back = event.kind == Event::Kind::returned || event.kind == Event::Kind::resumed;
    if (!back && event.kind != Event::Kind::slept) return;
    const Step& call = *world_.program().steps[static_cast<std::size_t>(event.call >= 0 ? event.call : event.step)];
    if (call.row == nullptr) return;
    if (back && call.row->makes == Makes::image) leave_all(event.actor);
    if (is_wait(call.row->name)) wait(event, call);
    if (!back || !is_mutex_call(call.row->name)) return;
    const auto place = find_place(event.actor, static_cast<std::uint64_t>(event.result.subject), at);
    if (!place) return;
    Mutex& mutex = mutexes_[*place];
    named_[{event.actor, text_of(call, "mutex")}] = *place;
    name(mutex, event, call, at);
    apply(mutex, event, call);
  }

  /// Snapshots are taken before each line: the next one still has the mapping that the call used, if its actor lives.
  std::optional<MemoryPlace> find_place(int actor, std::uint64_t address, std::size_t event) const {
    const auto& all = *world_.history().snapshots;
    const int process = world_.process_of(actor);
    const auto after =
        std::find_if(all.begin(), all.end(), [&](const Snapshot& snapshot) { return snapshot.events > event; });
    if (after != all.end())
      if (auto place = place_in(*after, process, address)) return place;
    return after == all.begin() ? std::nullopt : place_in(*(after - 1), process, address);
  }

  void name(Mutex& mutex, const Event& event, const Step& call, std::size_t at) const {
    const std::string text = text_of(call, "mutex");
    if (!mutex.text.empty() || !is_fixed(text)) return;
    const std::string base = text.substr(0, text.find_first_of(".["));
    for (const Snapshot& snapshot : *world_.history().snapshots) {
      if (snapshot.events <= at) continue;
      for (const Snapshot::Placed& placed : snapshot.places) {
        if (placed.actor != event.actor || placed.name != base) continue;
        mutex.text = text;
        mutex.from_base = event.result.subject - static_cast<std::int64_t>(placed.address);
        return;
      }
    }
  }

  static void apply(Mutex& mutex, const Event& event, const Step& call) {
    const std::string_view row = call.row->name;
    const int error = event.result.err;
    if (row == "pthread_mutex_init" && error == 0) {
      const Node* attr = call.node.find("attr");
      Mutex made;
      made.text = mutex.text;
      made.from_base = mutex.from_base;
      made.known = attr == nullptr || attr->is_object();
      const Node* robust = attr == nullptr ? nullptr : attr->find("robust");
      made.robust = robust != nullptr && (robust->flag || robust->text == "PTHREAD_MUTEX_ROBUST");
      const Node* protocol = attr == nullptr ? nullptr : attr->find("protocol");
      made.inherits = protocol != nullptr && protocol->text != "PTHREAD_PRIO_NONE";
      mutex = made;
    } else if (row == "pthread_mutex_destroy" && error == 0) {
      mutex.known = false;
    } else if (row == "pthread_mutex_consistent" && error == 0) {
      mutex.inconsistent = false;
    } else if (row == "pthread_mutex_unlock" && error == 0) {
      unlock(mutex);
    } else if (is_lock(row)) {
      take(mutex, event.actor, error);
    }
  }

  static void take(Mutex& mutex, int actor, int error) {
    if (error == ENOTRECOVERABLE) mutex.lost = true;
    if (error != 0 && error != EOWNERDEAD) return;
    mutex.depth = error == 0 && mutex.owner == actor ? mutex.depth + 1 : 1;
    mutex.owner = actor;
    if (error == EOWNERDEAD) mutex.inconsistent = true;
  }

  static void unlock(Mutex& mutex) {
    if (--mutex.depth > 0) return;
    mutex.owner = -1;
    mutex.depth = 0;
    mutex.lost = mutex.lost || mutex.inconsistent;
  }

  void wait(const Event& event, const Step& call) {
    const auto named = named_.find({event.actor, text_of(call, "mutex")});
    if (named == named_.end()) return;
    Mutex& mutex = mutexes_[named->second];
    if (event.kind == Event::Kind::slept) {
      mutex.depth = 1;
      unlock(mutex);
    } else if (event.kind == Event::Kind::resumed && event.result.err != EPERM) {
      take(mutex, event.actor, event.result.err == EOWNERDEAD ? EOWNERDEAD : 0);
    }
  }

  /// Who executes a new image leaves its mutexes as one that dies; whether a thread does, too, is left open.
  void leave_all(int actor) {
    for (auto& [place, mutex] : mutexes_)
      if (mutex.owner == actor) mutex.known = false;
  }

  void forget_what_ran_freely() {
    const auto& script = world_.program().script;
    for (int line = 0; line < world_.snapshot().line && line < static_cast<int>(script.size()); ++line)
      if (const Step& step = script[static_cast<std::size_t>(line)]; has_concurrent(step) && uses_mutexes(step))
        for (auto& [place, mutex] : mutexes_) mutex.known = false;
    for (auto& [place, mutex] : mutexes_)
      if (mutex.owner >= 0 && !world_.lives(mutex.owner) && world_.dead().count(world_.process_of(mutex.owner)) == 0 &&
          world_.lives(world_.process_of(mutex.owner)))
        mutex.known = false;  // its thread has ended, its process lives
  }

  const World& world_;
  Mutexes mutexes_;
  std::map<std::pair<int, std::string>, MemoryPlace> named_;
};

}  // namespace

Mutexes mutexes_at(const World& world) { return Reader(world).run(); }

const Mutex* mutex_of_sleeper(const World& world, const Mutexes& mutexes, const Snapshot::Living& sleeper,
                              const std::string& argument, MemoryPlace* place) {
  const std::string base = argument.substr(0, argument.find_first_of(".["));
  if (!is_fixed(argument)) return nullptr;
  for (const Snapshot::Placed& placed : world.snapshot().places) {
    if (placed.actor != sleeper.actor || placed.name != base) continue;
    for (const auto& [where, mutex] : mutexes) {
      if (mutex.text != argument) continue;
      const auto here = world.place(sleeper.actor, placed.address + static_cast<std::uint64_t>(mutex.from_base));
      if (!here || *here < where || where < *here) continue;
      if (place != nullptr) *place = where;
      return &mutex;
    }
  }
  return nullptr;
}

}  // namespace kipc
