#include "engine/board.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace kipc {
namespace {

constexpr std::size_t kPage = 4096;

std::size_t round_up(std::size_t n) { return (n + kPage - 1) / kPage * kPage; }

std::size_t round_to_line(std::size_t n) { return (n + 63) / 64 * 64; }

struct Plan {
  std::size_t slots, global, process, actor, short_results, blobs, created, text, handled, results, logs, total;
};

Plan plan_of(const Program& program) {
  const auto actors = static_cast<std::size_t>(std::max(program.scope.actor_count, 1));
  Plan plan{};
  const auto cells = [](int count) { return sizeof(Cell) * static_cast<std::size_t>(count); };
  plan.slots = round_to_line(sizeof(BoardHeader));
  plan.global = plan.slots + sizeof(ActorSlot) * actors;
  plan.process = plan.global + round_to_line(cells(program.scope.global_cells));
  plan.actor = plan.process + round_to_line(cells(program.scope.process_cells) * actors);
  plan.short_results = plan.actor + round_to_line(cells(program.scope.actor_cells) * actors);
  plan.blobs = round_up(plan.short_results + Board::kShortResult * actors);
  plan.created = plan.blobs + round_up(program.scope.blob_bytes);
  plan.text = plan.created + round_up(sizeof(Created) * Board::kCreatedMax);
  plan.handled = plan.text + Board::kProgramBytes;
  plan.results = plan.handled + round_up(sizeof(SigInfo) * Board::kHandledCapacity * actors);
  plan.logs = plan.results + Board::kResultBytes * actors;
  plan.total = plan.logs + round_up(sizeof(Item) * Board::kLogItems) * actors;
  return plan;
}

}  // namespace

std::size_t Board::bytes_for(const Program& program) { return plan_of(program).total; }

Board::Board(void* memory, const Program& program)
    : process_cells_(static_cast<std::size_t>(program.scope.process_cells)),
      actor_cells_(static_cast<std::size_t>(program.scope.actor_cells)),
      actors_(program.scope.actor_count) {
  const Plan plan = plan_of(program);
  auto* base = static_cast<char*>(memory);
  header_ = reinterpret_cast<BoardHeader*>(base);
  slots_ = reinterpret_cast<ActorSlot*>(base + plan.slots);
  global_ = reinterpret_cast<Cell*>(base + plan.global);
  process_ = reinterpret_cast<Cell*>(base + plan.process);
  actor_ = reinterpret_cast<Cell*>(base + plan.actor);
  blobs_ = reinterpret_cast<unsigned char*>(base + plan.blobs);
  created_ = reinterpret_cast<Created*>(base + plan.created);
  program_text_ = base + plan.text;
  short_results_ = base + plan.short_results;
  handled_ = reinterpret_cast<SigInfo*>(base + plan.handled);
  results_ = base + plan.results;
  logs_ = base + plan.logs;
}

Cell& Board::cell(CellScope scope, int row, int index) const {
  const auto at = static_cast<std::size_t>(index);
  switch (scope) {
    case CellScope::global: return global_[at];
    case CellScope::process: return process_[static_cast<std::size_t>(row) * process_cells_ + at];
    case CellScope::actor: return actor_[static_cast<std::size_t>(row) * actor_cells_ + at];
  }
  return global_[at];
}

bool Board::put_result(int actor, std::string_view bytes) const {
  if (bytes.size() > kResultBytes) return false;
  std::memcpy(result_area(actor, bytes.size()), bytes.data(), bytes.size());
  slot(actor).result_size.store(static_cast<std::uint32_t>(bytes.size()));
  return true;
}

std::string_view Board::result(int actor) const {
  const std::size_t size = slot(actor).result_size.load();
  return {result_area(actor, size), size};
}

char* Board::result_area(int actor, std::size_t size) const {
  const auto at = static_cast<std::size_t>(actor);
  return size <= kShortResult ? short_results_ + kShortResult * at : results_ + kResultBytes * at;
}

SigInfo& Board::handled(int actor, std::uint32_t n) const {
  return handled_[kHandledCapacity * static_cast<std::size_t>(actor) + n % kHandledCapacity];
}

Item* Board::log(int actor) const {
  return reinterpret_cast<Item*>(logs_ + round_up(sizeof(Item) * kLogItems) * static_cast<std::size_t>(actor));
}

void Board::ring() const {
  header_->bell.fetch_add(1);
  if (header_->conductor_sleeping.load() != 0) futex_wake(header_->bell);
}

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value, std::int64_t timeout_ns) {
  timespec timeout{};
  timeout.tv_sec = static_cast<time_t>(timeout_ns / 1'000'000'000);
  timeout.tv_nsec = static_cast<long>(timeout_ns % 1'000'000'000);
  ::syscall(SYS_futex, &word, FUTEX_WAIT, value, timeout_ns < 0 ? nullptr : &timeout, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word, int count) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, count, nullptr, nullptr, 0);
}

std::int64_t monotonic_ns() {
  timespec ts{};
  ::clock_gettime(CLOCK_MONOTONIC, &ts);
  return static_cast<std::int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec;
}

}  // namespace kipc
