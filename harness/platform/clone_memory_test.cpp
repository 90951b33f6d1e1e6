#include "platform/clone_memory.hpp"

#include "base/catch.hpp"

namespace kipc {
namespace {

TEST_CASE("clone() with CLONE_VM shares memory on a kernel of its own") { CHECK(clone_shares_memory()); }

}  // namespace
}  // namespace kipc
