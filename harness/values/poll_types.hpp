// What poll, epoll_wait and their relatives take and give back: lists of descriptors with events.
#pragma once

#include "values/type.hpp"

namespace kipc {

/// struct pollfd[]: [{"fd": "r[*]", "events": ["POLLIN"]}, {"fd": -1, "events": []}]. Slot: p, n elements.
/// Expected: {"r[n - 1]": ["POLLIN"]}, where every descriptor not named must have no event; out is the array itself.
const Type& pollfds_type();

/// struct epoll_event: {"events": ["EPOLLIN", "EPOLLET"], "data": 1}.
const Type& epoll_event_type();

/// What epoll_wait stores. In: "null" or "unmapped" instead of a buffer. Expected: a list of events in any order, each
/// by the fields it names, as many as came. Out is an array of struct epoll_event.
const Type& epoll_events_type();

/// sigset_t: ["SIGUSR1", "SIGRTMIN+1"]; "null", "unmapped".
const Type& event_sigmask_type();

}  // namespace kipc
