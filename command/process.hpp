#pragma once

namespace sitelog {

// What every process is to be before it opens anything: descriptors 0 to 2 are open, so that no
// file gets the number of an output that was closed; a file that grows past what the user may write
// (RLIMIT_FSIZE) is an error like a full disk, not the end.
void prepare_process();

// For one that stays: it does not end with the terminal it was started from.
void outlive_terminal();

}  // namespace sitelog
