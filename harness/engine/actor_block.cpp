// Blocks inside `concurrently`: performed by the actor alone, natively and at full speed. Calls that carry tags leave
// items in the actor's log; the others are only counted, and kept when they are not as expected.
#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"
#include "calls/row.hpp"
#include "engine/actor_host.hpp"
#include "language/match.hpp"
#include "probe/marks.hpp"

namespace kipc {
namespace {
constexpr std::size_t kMismatchesKept = 8;
}

void Performer::log(const Item& item) {
  const std::uint64_t at = slot_.log_size.load(std::memory_order_relaxed);
  if (at >= Board::kLogItems) {
    slot_.log_overflow.store(1);
    return;
  }
  stage_.board.log(actor_)[at] = item;
  slot_.log_size.store(at + 1, std::memory_order_release);
}

void Performer::log_found(const Step& step, const CallResult& result) {
  const int data = step.row->param("data");
  const Out* out = data >= 0 ? result.out(data) : nullptr;
  Item item;
  item.channel = static_cast<std::uint8_t>(step.takes);
  item.begin = result.begin_ns;
  item.end = result.end_ns;
  item.weight = result.weight;
  std::int64_t taken = 0;
  if (out == nullptr) {  // a value loaded from memory
    item.what = Item::What::take;
    item.number = static_cast<std::uint32_t>(result.ret);
    log(item);
    taken = 1;
  } else {
    const Channel& channel = stage_.program->channels[static_cast<std::size_t>(step.takes)];
    auto reader = readers_.find(step.takes);
    if (reader == readers_.end()) {
      const std::int64_t small = channel.small_size.empty() ? 0 : channel.small_size.eval(env_);
      const std::size_t size =
          small > 0 && small < static_cast<std::int64_t>(kRecordHeader) ? static_cast<std::size_t>(small) : 0;
      reader = readers_.emplace(step.takes, RecordReader(size)).first;
    }
    std::vector<Found> found;
    reader->second.feed(out->bytes, found);
    for (const Found& one : found) {
      item.what = one.what == Found::What::whole ? Item::What::take : Item::What::torn;
      item.sender = one.sender;
      item.number = one.number;
      if (one.what == Found::What::torn) item.weight = static_cast<std::int64_t>(one.offset);
      log(item);
      if (one.what == Found::What::whole) ++taken;
    }
  }
  if (step.takes < Board::kChannels) stage_.board.header().taken[step.takes].fetch_add(taken);
}

void Performer::log_tags(const Step& step, const CallResult& result) {
  const bool fine = result.err == 0 && result.signal == 0;
  if (step.row->releases_sections)
    for (const int section : sections_) {
      log(Item{Item::What::leave, static_cast<std::uint8_t>(section), 0, 0, result.begin_ns, result.begin_ns, 0});
      log(Item{Item::What::enter, static_cast<std::uint8_t>(section), 0, 0, result.end_ns, result.end_ns, 0});
    }
  if (!fine) return;
  if (step.puts >= 0)
    log(Item{Item::What::put, static_cast<std::uint8_t>(step.puts), result.sender, result.record - 1, result.begin_ns,
             result.end_ns, result.weight});
  if (step.takes >= 0 && !(result.ret == 0 && step.row->returns == Returns::bytes)) log_found(step, result);
  if (step.enters >= 0) {
    log(Item{Item::What::enter, static_cast<std::uint8_t>(step.enters), 0, 0, result.end_ns, result.end_ns, 0});
    sections_.push_back(step.enters);
  }
  if (step.leaves >= 0) {
    log(Item{Item::What::leave, static_cast<std::uint8_t>(step.leaves), 0, 0, result.begin_ns, result.begin_ns, 0});
    sections_.erase(std::remove(sections_.begin(), sections_.end(), step.leaves), sections_.end());
  }
}

bool Performer::run_call(const Step& step, const Outcome* until, bool& ended) {
  slot_.inner_step = step.id;
  const CallResult result = call(step);
  slot_.calls.fetch_add(1, std::memory_order_relaxed);
  const Row* counted = stage_.board.header().counted_step_row >= 0
                           ? &call_table()[static_cast<std::size_t>(stage_.board.header().counted_step_row)]
                           : nullptr;
  if (step.row == counted) slot_.counted_calls.fetch_add(1);
  std::string why;
  bool matches_until = false;
  if (until != nullptr) {
    const Outcome& outcome = *until;
    if (outcome.taken) {
      const std::int64_t taken = stage_.board.header().taken[step.takes].load();
      log_tags(step, result);
      const std::int64_t now_taken = stage_.board.header().taken[step.takes].load();
      ended = now_taken >= outcome.taken->eval(env_) || taken >= outcome.taken->eval(env_);
    } else {
      matches_until = result.error.empty() && matches(outcome, step, result, env_, why);
      ended = matches_until;
    }
  }
  if (until == nullptr || !until->taken) log_tags(step, result);
  const bool fine = result.error.empty() && (matches_until || matches(step.expect, step, result, env_, why));
  if (fine) return true;
  if (mismatches_.size() < kMismatchesKept) {
    Mismatch mismatch;
    mismatch.step = step.id;
    mismatch.round = slot_.round.load();
    mismatch.result = read_result(write_result(result));  // its bytes live in buffers that are used again
    mismatch.why = result.error.empty() ? why : result.error;
    mismatches_.push_back(std::move(mismatch));
  }
  return false;
}

bool Performer::run_round(const Step& block, bool& ended) {
  for (std::size_t i = 0; i < block.steps.size(); ++i) {
    const Step& step = block.steps[i];
    if (!step.when.constant) continue;
    if (step.when.expression && step.when.expression->eval(env_) == 0) continue;
    if (step.kind == Step::Kind::block) {
      if (!run_loop(step)) return false;
      continue;
    }
    const bool last = i + 1 == block.steps.size();
    if (!run_call(step, last && block.until ? &*block.until : nullptr, ended)) return false;
  }
  return true;
}

bool Performer::run_loop(const Step& block) {
  const std::int64_t rounds = block.loop == Step::Loop::repeat ? block.repeat.eval(env_) : -1;
  std::int64_t round = 0;
  const auto count = [&] {
    if (block.counter) env_.cell(CellScope::actor, -1, block.counter->cell) = Cell{round, 1, 0};
  };
  for (;; ++round) {
    count();
    if (block.loop == Step::Loop::repeat && round >= rounds) return true;
    if (block.loop == Step::Loop::condition && block.condition.eval(env_) == 0) return true;
    if (block.loop == Step::Loop::repeat) slot_.round.store(round, std::memory_order_relaxed);
    bool ended = false;
    if (!run_round(block, ended)) return false;
    if (ended || block.loop == Step::Loop::once) return true;
  }
}

void Performer::run_block(const Step& block) {
  mismatches_.clear();
  readers_.clear();
  sections_.clear();
  std::string broken;
  bool fine = false;
  in_block_ = true;
  if (slot_.probe_slot != 0) mark_task(slot_.probe_slot - 1);
  try {
    fine = run_loop(block);
  } catch (const EvalError& error) {
    broken = error.text;
  }
  if (slot_.probe_slot != 0) unmark_task();
  in_block_ = false;
  std::vector<Found> rest;
  for (auto& [channel, reader] : readers_) {
    rest.clear();
    reader.finish(rest);
    for (const Found& one : rest)
      log(Item{Item::What::partial, static_cast<std::uint8_t>(channel), one.sender, one.number, monotonic_ns(),
               monotonic_ns(), static_cast<std::int64_t>(one.offset)});
  }
  put_block_result(fine, broken);
}

void Performer::put_block_result(bool fine, const std::string& broken, std::string_view more) {
  ByteWriter to;
  to.put(fine);
  to.put_text(broken);
  to.put(static_cast<std::uint32_t>(mismatches_.size()));
  for (const Mismatch& mismatch : mismatches_) {
    to.put(mismatch.step);
    to.put(mismatch.round);
    to.put_text(write_result(mismatch.result));
    to.put_text(mismatch.why);
  }
  std::string bytes = to.take();
  bytes += more;
  stage_.board.put_result(actor_, std::string_view(bytes).substr(0, Board::kResultBytes));
}

}  // namespace kipc
