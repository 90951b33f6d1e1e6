// The words that stand for the kinds of a history's parts in JSON, for writing and reading.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "language/history.hpp"

namespace kipc {

inline constexpr std::array<std::pair<Event::Kind, std::string_view>, 23> kEventWords = {{
    {Event::Kind::alive, "alive"},
    {Event::Kind::armed, "armed"},
    {Event::Kind::came_back, "came_back"},
    {Event::Kind::chosen, "chosen"},
    {Event::Kind::counted, "counted"},
    {Event::Kind::died, "died"},
    {Event::Kind::elsewhere, "elsewhere"},
    {Event::Kind::error, "error"},
    {Event::Kind::fault, "fault"},
    {Event::Kind::fault_not_fired, "fault_not_fired"},
    {Event::Kind::handled, "handled"},
    {Event::Kind::never, "never"},
    {Event::Kind::not_resumed, "not_resumed"},
    {Event::Kind::not_started, "not_started"},
    {Event::Kind::resumed, "resumed"},
    {Event::Kind::returned, "returned"},
    {Event::Kind::slept, "slept"},
    {Event::Kind::standstill, "standstill"},
    {Event::Kind::started, "started"},
    {Event::Kind::still_blocked, "still_blocked"},
    {Event::Kind::stray_death, "stray_death"},
    {Event::Kind::stray_signal, "stray_signal"},
    {Event::Kind::stray_start, "stray_start"},
}};

inline constexpr std::array<std::pair<History::End, std::string_view>, 5> kEndWords = {{
    {History::End::broken, "broken"},
    {History::End::completed, "completed"},
    {History::End::deadline, "deadline"},
    {History::End::diverged, "diverged"},
    {History::End::no_sandbox, "no_sandbox"},
}};

inline constexpr std::array<std::pair<CellScope, std::string_view>, 3> kScopeWords = {{
    {CellScope::actor, "actor"},
    {CellScope::global, "global"},
    {CellScope::process, "process"},
}};

}  // namespace kipc
