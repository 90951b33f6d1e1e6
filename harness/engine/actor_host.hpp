// The inside of an actor: performs steps and blocks, and is the Host that rows of the call table talk to.
#pragma once

#include "engine/actor.hpp"
#include "fault/freezer.hpp"

namespace kipc {

struct TimedBlock;

class Performer : public Host {
 public:
  Performer(const Stage& stage, int actor);

  [[nodiscard]] int actor() const { return actor_; }
  /// The scripted step on the slot; its result goes to the result area.
  void perform_scripted();
  void evaluate_condition();
  /// Does its part in arming the fault of the current step.
  void arm_fault();
  /// A block inside `concurrently`, natively and at full speed (actor_block.cpp).
  void run_block(const Step& block);
  /// A block that is timed: prepared once, then run as often as the conductor asks (actor_timed.cpp).
  void run_timed(const Step& block);
  void log_signal(const SigInfo& info);

  std::int64_t fork_actor() override;
  std::int64_t clone_actor(std::uint64_t flags) override;
  int start_thread() override;
  void end_thread() override;
  int exec_self() override;
  std::string program_path(std::string_view name) override;
  void* notify_function() override;
  void expect_thread(std::int64_t value, int actor) override;
  void install_handler(int signal, int runs) override;
  void* handler_function() override;
  std::uint16_t sender() override { return static_cast<std::uint16_t>(actor_); }
  std::uint32_t next_record() override;
  std::string object_name(std::string_view name) override;
  std::int64_t object_key(std::string_view name) override;
  void created(std::string_view kind, std::int64_t id) override;
  bool guards_access() override { return step_ != nullptr && step_->guards_access; }

 private:
  /// Evaluates the arguments into the frame's slots.
  void marshal(const Step& step, Frame& frame);
  CallResult call(const Step& step);
  CallResult prepare_fault(const Fault& fault);
  void lay_for_freeze(const Row& row, Frame& frame);
  void bind_results(const Step& step, Frame& frame);
  void inherit(int child);
  void remember(std::string_view kind, std::int64_t id, std::string_view name);

  /// What a checker needs to know of the call: record number, sender, weight.
  void describe_item(const Step& step, Frame& frame);

  // actor_timed.cpp
  void prepare_timed(const Step& block, struct TimedBlock& into);

  // actor_block.cpp
  /// `more` goes behind what a block leaves, for whoever expects it there.
  void put_block_result(bool fine, const std::string& broken, std::string_view more = {});
  bool run_loop(const Step& block);
  bool run_round(const Step& block, bool& ended);
  bool run_call(const Step& step, const Outcome* until, bool& ended);
  void log_tags(const Step& step, const CallResult& result);
  void log_found(const Step& step, const CallResult& result);
  void log(const Item& item);

  const Stage& stage_;
  int actor_;
  ActorSlot& slot_;
  BoardEnv env_;
  Scratch scratch_;
  std::vector<std::pair<const Row*, int>> constant_errors_;  // that filters give; counted in ActorSlot::struck
  const Fault* freeze_ = nullptr;
  FreezeArea freeze_area_;
  std::array<GuardedBuffer, 2> buffers_;
  const Step* step_ = nullptr;
  std::uint32_t record_made_ = 0;
  std::map<int, RecordReader> readers_;  // by channel
  std::vector<Mismatch> mismatches_;
  bool in_block_ = false;      // of `concurrently`
  std::vector<int> sections_;  // that the actor is in
  std::shared_ptr<TimedBlock> timed_;
};

/// Waits for steps and performs them until told to exit. Returns only for threads.
void run_actor_loop(const Stage& stage, int actor, bool resumed_by_exec = false);

}  // namespace kipc
