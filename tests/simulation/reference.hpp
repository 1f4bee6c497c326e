#pragma once

#include "tests/support/test_device.hpp"

namespace sitelog::simulation {

// What the entries that a device holds must show, worked out anew by the plain words of
// docs/merge.md, is what it shows: records, heads, conflicts with every candidate, quarantine and
// tallies, no more and no less. Shares no code with sync/merge. Throws Broken, with the first
// answers that differ.
void check_reference(TestDevice& device, const BookCode& book);

}  // namespace sitelog::simulation
