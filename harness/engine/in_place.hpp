// Where clone() shares no memory (see platform/clone_memory.hpp) a conductor cannot leave its history in the memory of
// whoever waits for it. There a worker makes a process for each job that conducts, judges and writes the result down:
// all that has to come back is a text.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"

namespace kipc {

/// Runs `work` in a child of its own, in which one variant may be run in place. An Error when the child was lost.
Result<std::string> work_in_child(const std::function<std::string()>& work);

/// In such a child, before the first variant: true, and from then on false: its namespaces are used up.
bool may_conduct_in_place();

/// Makes these namespaces (CLONE_NEW* of clone()) for what this process does from here on. With a pid namespace that is
/// a further process, its first: the caller goes on as that one, and the process it was only waits for it.
Result<void> enter_namespaces(unsigned long flags);

}  // namespace kipc
