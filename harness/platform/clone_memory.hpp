// Whether clone() with CLONE_VM gives a child this process's memory. An emulator of user programs (QEMU's user mode)
// makes a plain fork of CLONE_VM | CLONE_VFORK, without a word, and refuses the flags of new namespaces.
#pragma once

namespace kipc {

/// Tried once, with a child that ends at once. True also where the child could not be made: that fails with a reason
/// of its own later.
bool clone_shares_memory();

}  // namespace kipc
