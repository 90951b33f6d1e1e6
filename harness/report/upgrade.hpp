// Reports of older versions, brought to the present one step by step before they are read. Of each version a sample is
// kept in samples/, and a test reads it.
#pragma once

#include "model/node.hpp"

namespace kipc {

/// What is known of a run before anything ran: the members of the whole report, or of the line of type "start".
/// `from` is its format_version, from 1 to kReportFormatVersion.
void upgrade_head(Node& head, int from);
/// One variant, as an element of the list or as a line.
void upgrade_variant(Node& variant, int from);

}  // namespace kipc
