// struct sigevent, as mq_notify takes it.
#pragma once

#include "values/type.hpp"

namespace kipc {

/// {"sigev_notify": "SIGEV_SIGNAL", "sigev_signo": "SIGUSR1", "sigev_value": 7}, {"sigev_notify": "SIGEV_NONE"},
/// {"sigev_notify": "SIGEV_THREAD", "sigev_value": 7, "starts": "actor"}, "null", "unmapped". Slot: p, n.
/// With SIGEV_THREAD, `starts` names the actor that the notification makes.
const Type& sigevent_type();

}  // namespace kipc
