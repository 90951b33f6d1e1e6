// Steps and histories as lines that read like strace: what `kipc show` prints, and the trace around a failure. A step's
// line shows the call going right; a history's lines show what really happened. Both use the same words, so that they
// can be read side by side.
//
//   writer  write(w, "hello") = 5                              a call
//   parent  read(r, 16) = ?  <blocks>                          it is expected to sleep here
//   parent  <... read resumed> = 0                             and to come back here
//   reader  still in read                                      a look
//   a       --- SIGUSR1 {si_pid=b.pid} handled ---             what a handler logged
//   b       +++ killed by SIGPIPE +++                          the end of an actor
//   -- kill writer (SIGKILL) --                                a fault
// Arguments stand in the order of the row; after one that was left out they are named (`mq_send(q, "x", msg_prio=3)`).
#pragma once

#include <string>
#include <vector>

#include "language/history.hpp"
#include "language/script.hpp"

namespace kipc {

/// `write(w, "hello")`: the call of a step of kind call.
std::string call_text(const Step& step);

/// What an outcome says besides what is returned, as written: `data "hello", not before abs_timeout`; "" for nothing.
std::string facts_text(const Node& outcome);

/// One step as it is expected to go, on one line: its actor in a column, then the call and its result. Of a block or
/// `concurrently` only the head ("repeat 2000:").
std::string step_line(const Program& program, const Step& step);

/// The whole expected trace: one line a step, with its line in the case file in front, inner steps indented. Steps
/// whose `when` is false in this variant are left out.
std::vector<std::string> trace_lines(const Program& program);

/// A history in words, piece by piece: all that a reader needs who does not have the case.
struct Told {
  struct Piece {
    int line = 0;      // of the case file; 0: of no line
    std::string call;  // the row's name; "" where no call is meant
    std::string text;  // as history_lines() shows it, without time and actor
  };
  struct Log {
    Piece head;  // what the actor did in its `concurrently`, summed up
    std::vector<Piece> mismatches;
  };
  std::vector<std::string> actors;    // by index: "writer[2]"
  std::vector<std::string> channels;  // by index, as an Item has it
  std::vector<std::string> sections;  // likewise
  std::vector<Piece> events;          // one for each event of the history
  std::vector<Log> logs;              // one for each log
  std::vector<Piece> standing;        // one for each standing
};

Told tell(const Program& program, const History& history);

/// What happened: one line an event, with the time since the start of the variant in front (blank where none is known).
/// What ran in `concurrently` is summed up, one line an actor, before the events of the steps behind it.
std::vector<std::string> history_lines(const Told& told, const History& history);
std::vector<std::string> history_lines(const Program& program, const History& history);

}  // namespace kipc
