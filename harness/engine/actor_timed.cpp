// Blocks that are timed. The interpreter of actor_block.cpp evaluates arguments, guards buffers and compares results
// anew each round: some hundred nanoseconds a call, as much as a system call itself. Here all of that is done once. A
// round is then a loop over pointers to functions with their arguments ready, and what a call returned is compared with
// what was found right before: about 3 ns a call. So a case says what is exchanged, the same one that `kipc run` checks
// byte by byte, and its time is that of a loop written by hand (harness/bench/ holds both side by side).
#include <sys/resource.h>
#include <time.h>

#include "base/bytes.hpp"
#include "engine/actor_host.hpp"
#include "engine/timing.hpp"
#include "language/match.hpp"

namespace kipc {

/// A step made ready.
struct TimedOp {
  const Step* step = nullptr;
  // call
  void (*run)(Frame&) = nullptr;
  std::unique_ptr<Scratch> scratch;
  std::unique_ptr<Frame> frame;
  Expectation expect;  // of what is returned: nothing else is reported
  bool accepts = false;
  std::int64_t accepted = 0;  // a result that is known to be as expected
  // block
  std::vector<TimedOp> ops;
  std::int64_t rounds = 1;
  bool ends = false;  // until: results of the last call that are known to end it, or not to
  bool goes_on = false;
  std::int64_t end = 0;
  std::int64_t no_end = 0;
};

struct TimedBlock {
  const Step* block = nullptr;
  std::vector<TimedOp> ops;
  Histogram times;
};

namespace {

constexpr std::size_t kScratch = 256;  // larger data lies at the beginning of a page

void forget_what_is_not_reported(std::vector<Outcome>& outcomes) {
  for (Outcome& outcome : outcomes) {
    outcome.outs.clear();
    outcome.rest_untouched = false;
  }
}

/// Runs prepared steps; keeps the first result that is not as expected.
class Runner {
 public:
  explicit Runner(Env& env) : env_(env) {}

  bool run(std::vector<TimedOp>& ops) {
    for (TimedOp& op : ops) {
      const bool fine = op.run != nullptr ? call(op) : block(op);
      if (!fine) return false;
    }
    return true;
  }

  const TimedOp* wrong = nullptr;
  std::string why;

 private:
  bool call(TimedOp& op) {
    op.run(*op.frame);
    return right(op);
  }

  bool right(TimedOp& op) {
    const CallResult& result = op.frame->result;
    if (op.accepts && result.err == 0 && result.ret == op.accepted) return true;
    return look_closely(op);
  }

  bool look_closely(TimedOp& op) {
    const CallResult& result = op.frame->result;
    if (result.error.empty() && matches(op.expect, *op.step, result, env_, why)) {
      if (result.err == 0) {
        op.accepts = true;
        op.accepted = result.ret;
      }
      return true;
    }
    if (!result.error.empty()) why = result.error;
    wrong = &op;
    return false;
  }

  bool block(TimedOp& op) {
    switch (op.step->loop) {
      case Step::Loop::once: return run(op.ops);
      case Step::Loop::repeat:
        for (std::int64_t round = 0; round < op.rounds; ++round)
          if (!run(op.ops)) return false;
        return true;
      case Step::Loop::condition:
        while (op.step->condition.eval(env_) != 0)
          if (!run(op.ops)) return false;
        return true;
      case Step::Loop::until: return until(op);
    }
    return false;
  }

  /// The last call of a round may end it; only if it does not is it held against its expectation.
  bool until(TimedOp& op) {
    TimedOp& last = op.ops.back();
    for (;;) {
      for (std::size_t i = 0; i + 1 < op.ops.size(); ++i) {
        TimedOp& inner = op.ops[i];
        if (!(inner.run != nullptr ? call(inner) : block(inner))) return false;
      }
      last.run(*last.frame);
      const CallResult& result = last.frame->result;
      if (result.err == 0 && op.ends && result.ret == op.end) return true;
      if (result.err == 0 && op.goes_on && result.ret == op.no_end) continue;
      std::string unused;
      const bool over = result.error.empty() && matches(*op.step->until, *last.step, result, env_, unused);
      if (result.err == 0 && over) {
        op.ends = true;
        op.end = result.ret;
      } else if (result.err == 0) {
        op.goes_on = true;
        op.no_end = result.ret;
      }
      if (over) return true;
      if (!right(last)) return false;
    }
  }

  Env& env_;
};

std::int64_t thread_cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

/// What this thread has used so far, with the times as they are now.
PassFigures used_so_far() {
  PassFigures figures;
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  figures.switches = usage.ru_nvcsw;
  figures.preemptions = usage.ru_nivcsw;
  figures.faults = usage.ru_minflt + usage.ru_majflt;
  figures.cpu_ns = thread_cpu_ns();
  return figures;
}

}  // namespace

void Performer::prepare_timed(const Step& block, TimedBlock& into) {
  into.block = &block;
  const auto prepare = [this](const auto& self, const std::vector<Step>& steps, std::vector<TimedOp>& ops) -> void {
    for (const Step& step : steps) {
      if (!step.when.constant) continue;
      TimedOp op;
      op.step = &step;
      if (step.kind == Step::Kind::block) {
        op.rounds = step.loop == Step::Loop::repeat ? step.repeat.eval(env_) : 1;
        self(self, step.steps, op.ops);
        ops.push_back(std::move(op));
        continue;
      }
      op.run = step.row->timed_form();
      op.scratch = std::make_unique<Scratch>(kScratch);
      op.frame = std::make_unique<Frame>(env_, *this, *op.scratch, buffers_);
      marshal(step, *op.frame);
      if (!op.frame->result.error.empty()) throw EvalError{op.frame->result.error};
      op.expect = step.expect;
      forget_what_is_not_reported(op.expect.outcomes);
      forget_what_is_not_reported(op.expect.otherwise);
      ops.push_back(std::move(op));
    }
  };
  prepare(prepare, block.steps, into.ops);
}

void Performer::run_timed(const Step& block) {
  mismatches_.clear();
  std::string broken;
  bool fine = false;
  PassFigures figures;
  try {
    if (timed_ == nullptr || timed_->block != &block) {
      timed_ = std::make_shared<TimedBlock>();
      prepare_timed(block, *timed_);
    }
    TimedBlock& timed = *timed_;
    Runner runner(env_);
    timed.times.clear();
    const std::int64_t rounds = slot_.timed_rounds;
    const std::int64_t batch = slot_.timed_batch;
    std::int64_t round = 0;
    fine = true;
    const PassFigures before = used_so_far();
    const std::int64_t begin = monotonic_ns();
    if (batch > 0) {
      std::int64_t last = begin;
      while (fine && round < rounds) {
        for (std::int64_t i = 0; fine && i < batch; ++i, ++round) fine = runner.run(timed.ops);
        const std::int64_t now = monotonic_ns();
        timed.times.add(static_cast<std::uint64_t>(now - last));
        last = now;
      }
    } else {
      for (; fine && round < rounds; ++round) fine = runner.run(timed.ops);
    }
    const std::int64_t end = monotonic_ns();
    const PassFigures after = used_so_far();
    figures = PassFigures{begin,
                          end,
                          after.cpu_ns - before.cpu_ns,
                          after.switches - before.switches,
                          after.preemptions - before.preemptions,
                          after.faults - before.faults};
    if (!fine) {
      Mismatch mismatch;
      mismatch.step = runner.wrong->step->id;
      mismatch.round = round - 1;
      mismatch.result = read_result(write_result(runner.wrong->frame->result));
      mismatch.why = runner.why;
      mismatches_.push_back(std::move(mismatch));
    }
  } catch (const EvalError& error) {
    broken = error.text;
    fine = false;
  }
  ByteWriter more;
  if (slot_.timed_batch > 0 && fine) more.put(timed_->times);
  more.put(figures);
  put_block_result(fine, broken, more.bytes());
}

}  // namespace kipc
