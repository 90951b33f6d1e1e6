#include "cli/interrupt.hpp"

namespace kipc::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

}  // namespace

Interrupt::Interrupt() {
  interrupted = 0;
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  // No SA_RESTART: a wait for results has to end. SA_RESETHAND: whoever asks twice means it.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, &int_before_);
  ::sigaction(SIGTERM, &action, &term_before_);
  // A reader that goes away (`| head`) is no reason to lose the results that go elsewhere. Actors begin with the
  // default.
  action.sa_handler = SIG_IGN;
  action.sa_flags = 0;
  ::sigaction(SIGPIPE, &action, &pipe_before_);
}

Interrupt::~Interrupt() {
  ::sigaction(SIGINT, &int_before_, nullptr);
  ::sigaction(SIGTERM, &term_before_, nullptr);
  ::sigaction(SIGPIPE, &pipe_before_, nullptr);
}

bool Interrupt::asked() { return interrupted != 0; }

}  // namespace kipc::cli
