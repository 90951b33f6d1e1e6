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
  return to.take();
}

CallResult read_result(std::string_view bytes) {
  ByteReader from(bytes);
  return get_result(from);
}

}  // namespace kipc
