#pragma once

#include "sync/merge/beside.hpp"

namespace sitelog {

// How many helper threads a process has: one for each processor but one, at least one and at most
// seven.
unsigned helper_count();

// The process's helper threads, started when they are first needed, and kept.
Helpers& helper_threads();

// As many again, which give way to whatever else wants to run: for what takes long and nobody waits
// for at a screen, so that it never keeps the others from what somebody does wait for.
Helpers& patient_helpers();

}  // namespace sitelog
