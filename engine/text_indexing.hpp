#pragma once

#include <cstdint>
#include <functional>

#include "engine/engine.hpp"

namespace sitelog {

// So many records may wait until they are put into the index of texts; who searches looks at each
// of them meanwhile, which takes a few milliseconds.
inline constexpr int64_t kTextsWaitingMax = 512;

// Puts what waits into the index of texts, some thousands of records at a time: worked out on this
// thread, beside all writing, and taken over in steps of some 10 ms of the store's. `pause` is
// called behind each with how long it took, in microseconds; it ends all where it gives back false.
// Whether anything was done. Throws StoreError.
bool index_texts(Engine& engine, const std::function<bool(int64_t step_us)>& pause);

}  // namespace sitelog
