// What semop and semctl take and give besides integers.
#pragma once

#include "values/type.hpp"

namespace kipc {

/// struct sembuf[]: [{"sem_num": 0, "sem_op": -1, "sem_flg": ["SEM_UNDO"]}, {"times": N, "of": {…}}], "null",
/// "unmapped". Slot: p, n elements.
const Type& sembuf_list_type();
/// unsigned short[]: [1, 2, {"times": N, "of": 3}], "null", "unmapped". Slot: p, n elements. Expected: a list of
/// integer matchers, one for each semaphore. Comes back as unsigned shorts.
const Type& semaphore_values_type();

}  // namespace kipc
