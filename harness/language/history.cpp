#include "language/history.hpp"

#include "base/bytes.hpp"

namespace kipc {
namespace {

void put_result(ByteWriter& to, const CallResult& r) {
  to.put(r.ret);
  to.put(r.err);
  to.put(r.signal);
  to.put(r.si_code);
  to.put(r.fault_address);
  to.put(r.begin_ns);
  to.put(r.end_ns);
  to.put(r.has_deadline);
  to.put(r.deadline_ns);
  to.put(r.after_ns);
  to.put(r.overrun);
  to.put(r.subject);
  to.put(r.record);
  to.put(r.sender);
  to.put(r.weight);
  to.put(r.rest_untouched);
  to.put_text(r.error);
  to.put(static_cast<std::uint32_t>(r.outs.size()));
  for (const Out& out : r.outs) {
    to.put(out.param);
    to.put_text(out.bytes);
  }
  to.put_all(r.bindings);
}

CallResult get_result(ByteReader& from) {
  CallResult r;
  r.ret = from.get<std::int64_t>();
  r.err = from.get<int>();
  r.signal = from.get<int>();
  r.si_code = from.get<int>();
  r.fault_address = from.get<std::uint64_t>();
  r.begin_ns = from.get<std::int64_t>();
  r.end_ns = from.get<std::int64_t>();
  r.has_deadline = from.get<bool>();
  r.deadline_ns = from.get<std::int64_t>();
  r.after_ns = from.get<std::int64_t>();
  r.overrun = from.get<bool>();
  r.subject = from.get<std::int64_t>();
  r.record = from.get<std::uint32_t>();
  r.sender = from.get<std::uint16_t>();
  r.weight = from.get<std::int64_t>();
  r.rest_untouched = from.get<bool>();
  r.error = from.get_text();
  const auto outs = from.get<std::uint32_t>();
  auto storage = std::make_shared<std::string>();
  std::vector<std::pair<int, std::pair<std::size_t, std::size_t>>> parts;
  for (std::uint32_t i = 0; i < outs; ++i) {
    const int param = from.get<int>();
    const std::string bytes = from.get_text();
    parts.push_back({param, {storage->size(), bytes.size()}});
    *storage += bytes;
  }
  for (const auto& [param, span] : parts)
    r.outs.push_back(Out{param, std::string_view(*storage).substr(span.first, span.second)});
  r.storage = std::move(storage);
  r.bindings = from.get_all<Binding>();
  return r;
}

}  // namespace

std::string write_result(const CallResult& result) {
  ByteWriter to;
  put_result(to, result);
  return to.bytes();
}

CallResult read_result(std::string_view bytes) {
  ByteReader from(bytes);
  return get_result(from);
}

std::string write_history(const History& h) {
  ByteWriter to;
  to.put(h.end);
  to.put_text(h.end_text);
  to.put_text(h.isolation);
  to.put(h.begin_ns);
  to.put(h.end_ns);
  to.put_all(h.actors);
  to.put_all(h.facts);
  to.put(static_cast<std::uint32_t>(h.events.size()));
  for (const Event& e : h.events) {
    to.put(e.kind);
    to.put(e.step);
    to.put(e.call);
    to.put(e.actor);
    to.put(e.round);
    put_result(to, e.result);
    to.put_all(e.signals);
    to.put(e.status);
    to.put(e.value);
    to.put_text(e.text);
  }
  to.put(static_cast<std::uint32_t>(h.logs.size()));
  for (const BlockLog& log : h.logs) {
    to.put(log.block);
    to.put(log.actor);
    to.put(log.finished);
    to.put(log.overflow);
    to.put(log.calls);
    to.put_all(log.items);
    to.put(static_cast<std::uint32_t>(log.mismatches.size()));
    for (const Mismatch& m : log.mismatches) {
      to.put(m.step);
      to.put(m.round);
      put_result(to, m.result);
      to.put_text(m.why);
    }
  }
  to.put(static_cast<std::uint32_t>(h.standing.size()));
  for (const Standing& s : h.standing) {
    to.put(s.actor);
    to.put(s.step);
    to.put_text(s.state);
  }
  to.put(static_cast<std::uint32_t>(h.remaining.size()));
  for (const Remaining& r : h.remaining) {
    to.put_text(r.kind);
    to.put_text(r.name);
    to.put(r.id);
  }
  return to.bytes();
}

History read_history(std::string_view bytes) {
  ByteReader from(bytes);
  History h;
  h.end = from.get<History::End>();
  h.end_text = from.get_text();
  h.isolation = from.get_text();
  h.begin_ns = from.get<std::int64_t>();
  h.end_ns = from.get<std::int64_t>();
  h.actors = from.get_all<ActorRecord>();
  h.facts = from.get_all<Fact>();
  h.events.resize(from.get<std::uint32_t>());
  for (Event& e : h.events) {
    e.kind = from.get<Event::Kind>();
    e.step = from.get<int>();
    e.call = from.get<int>();
    e.actor = from.get<int>();
    e.round = from.get<std::int64_t>();
    e.result = get_result(from);
    e.signals = from.get_all<SigInfo>();
    e.status = from.get<int>();
    e.value = from.get<std::int64_t>();
    e.text = from.get_text();
  }
  h.logs.resize(from.get<std::uint32_t>());
  for (BlockLog& log : h.logs) {
    log.block = from.get<int>();
    log.actor = from.get<int>();
    log.finished = from.get<bool>();
    log.overflow = from.get<bool>();
    log.calls = from.get<std::int64_t>();
    log.items = from.get_all<Item>();
    log.mismatches.resize(from.get<std::uint32_t>());
    for (Mismatch& m : log.mismatches) {
      m.step = from.get<int>();
      m.round = from.get<std::int64_t>();
      m.result = get_result(from);
      m.why = from.get_text();
    }
  }
  h.standing.resize(from.get<std::uint32_t>());
  for (Standing& s : h.standing) {
    s.actor = from.get<int>();
    s.step = from.get<int>();
    s.state = from.get_text();
  }
  h.remaining.resize(from.get<std::uint32_t>());
  for (Remaining& r : h.remaining) {
    r.kind = from.get_text();
    r.name = from.get_text();
    r.id = from.get<std::int64_t>();
  }
  return h;
}

}  // namespace kipc
