#include "judge/traffic.hpp"

#include <map>

#include "values/record.hpp"

namespace kipc {
namespace {

/// A Host for evaluating data outside any process.
class NoHost : public Host {
 public:
  std::int64_t fork_actor() override { return -1; }
  std::int64_t clone_actor(std::uint64_t /*flags*/) override { return -1; }
  int start_thread() override { return -1; }
  void end_thread() override {}
  int exec_self() override { return -1; }
  std::string program_path(std::string_view /*name*/) override { return ""; }
  void* notify_function() override { return nullptr; }
  void expect_thread(std::int64_t /*value*/, int /*actor*/) override {}
  void install_handler(int /*signal*/, int /*runs*/) override {}
  void* handler_function() override { return nullptr; }
  std::uint16_t sender() override { return 0; }
  std::uint32_t next_record() override { return 0; }
  std::string object_name(std::string_view name) override { return std::string(name); }
  std::int64_t object_key(std::string_view /*name*/) override { return 0; }
  void created(std::string_view /*kind*/, std::int64_t /*id*/) override {}
  bool guards_access() override { return false; }
};

bool came_back(const Event& event) { return event.kind == Event::Kind::returned || event.kind == Event::Kind::resumed; }

const Step& call_of(const Program& program, const Event& event) {
  return *program.steps[static_cast<std::size_t>(event.call >= 0 ? event.call : event.step)];
}

std::size_t small_size_of(const Program& program, int channel) {
  const Expr& size = program.channels[static_cast<std::size_t>(channel)].small_size;
  const auto value = size.constant();
  return !size.empty() && value && *value > 0 && *value < static_cast<std::int64_t>(kRecordHeader)
             ? static_cast<std::size_t>(*value)
             : 0;
}

std::string_view data_of(const Step& call, const CallResult& result) {
  const int data = call.row->param("data");
  const Out* out = data >= 0 ? result.out(data) : nullptr;
  return out == nullptr ? std::string_view() : out->bytes;
}

void add_scripted(const Program& program, const History& history, int channel, Traffic& traffic) {
  std::map<int, RecordReader> readers;
  for (const Event& event : history.events) {
    if (!came_back(event) || event.result.err != 0 || event.result.signal != 0) continue;
    const Step& call = call_of(program, event);
    Passage passage;
    passage.actor = event.actor;
    passage.item.begin = event.result.begin_ns;
    passage.item.end = event.result.end_ns;
    passage.item.weight = event.result.weight;
    if (call.puts == channel && event.result.record != 0) {
      passage.item.sender = event.result.sender;
      passage.item.number = event.result.record - 1;
      traffic.puts.push_back(passage);
    }
    if (call.takes != channel) continue;
    const int data = call.row->param("data");
    if (data < 0) {  // a value loaded from memory
      passage.item.what = Item::What::take;
      passage.item.number = static_cast<std::uint32_t>(event.result.ret);
      traffic.takes.push_back(passage);
      continue;
    }
    auto reader = readers.try_emplace(event.actor, small_size_of(program, channel)).first;
    std::vector<Found> found;
    reader->second.feed(data_of(call, event.result), found);
    for (const Found& one : found) {
      passage.item.sender = one.sender;
      passage.item.number = one.number;
      if (one.what == Found::What::torn) {
        passage.item.weight = static_cast<std::int64_t>(one.offset);
        traffic.torn.push_back(passage);
      } else {
        traffic.takes.push_back(passage);
      }
    }
  }
  for (auto& [actor, reader] : readers) {
    std::vector<Found> rest;
    reader.finish(rest);
    for (const Found& one : rest) {
      Passage passage;
      passage.actor = actor;
      passage.item.sender = one.sender;
      passage.item.number = one.number;
      traffic.partial.push_back(passage);
    }
  }
}

}  // namespace

Traffic traffic_of(const Program& program, const History& history, int channel) {
  Traffic traffic;
  traffic.small_records = small_size_of(program, channel) != 0;
  for (std::size_t actor = 0; actor < history.actors.size(); ++actor)
    if (history.actors[actor].killed) traffic.killed.insert(static_cast<int>(actor));
  add_scripted(program, history, channel, traffic);
  for (const BlockLog& log : history.logs)
    for (const Item& item : log.items) {
      if (item.channel != channel || item.what == Item::What::enter || item.what == Item::What::leave) continue;
      const Passage passage{log.actor, item};
      switch (item.what) {
        case Item::What::put: traffic.puts.push_back(passage); break;
        case Item::What::take: traffic.takes.push_back(passage); break;
        case Item::What::torn: traffic.torn.push_back(passage); break;
        default: traffic.partial.push_back(passage); break;
      }
    }
  return traffic;
}

std::vector<Passage> passages_of(const Program& program, const History& history, int section) {
  std::vector<Passage> passages;
  for (const Event& event : history.events) {
    if (!came_back(event) || event.result.err != 0) continue;
    const Step& call = call_of(program, event);
    Passage passage;
    passage.actor = event.actor;
    passage.item.channel = static_cast<std::uint8_t>(section);
    if (call.enters == section) {
      passage.item.what = Item::What::enter;
      passage.item.begin = event.result.end_ns;
      passages.push_back(passage);
    }
    if (call.leaves == section) {
      passage.item.what = Item::What::leave;
      passage.item.begin = event.result.begin_ns;
      passages.push_back(passage);
    }
  }
  for (const BlockLog& log : history.logs)
    for (const Item& item : log.items)
      if (item.channel == section && (item.what == Item::What::enter || item.what == Item::What::leave))
        passages.push_back(Passage{log.actor, item});
  return passages;
}

Bytes bytes_of(const Program& program, const History& history, int channel) {
  Bytes bytes;
  NoHost host;
  Scratch scratch;
  std::array<GuardedBuffer, 2> buffers;
  ReplayEnv env(program, history);
  for (const Event& event : history.events) {
    const bool began = event.kind == Event::Kind::slept || event.kind == Event::Kind::returned;
    if (began) {
      const Step& call = call_of(program, event);
      const int data = call.row->param("data");
      if (call.puts == channel && data >= 0 && call.args[static_cast<std::size_t>(data)]) {
        env.act_as(event.actor);
        Frame frame(env, host, scratch, buffers);
        Slot slot;
        data_type().marshal(*call.args[static_cast<std::size_t>(data)], frame, slot);
        bytes.put.append(slot.text(), slot.n);
        scratch.reset();
      }
    }
    if (!came_back(event) || event.result.err != 0) continue;
    const Step& call = call_of(program, event);
    env.bind(call, event.actor, event.result);
    if (call.takes == channel) bytes.taken.append(data_of(call, event.result));
  }
  return bytes;
}

}  // namespace kipc
