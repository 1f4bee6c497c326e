#pragma once

#include <random>

#include "sync/session/message.hpp"

namespace sitelog {

// A message of any type with any content within the limits.
Message any_message(std::mt19937_64& random);

}  // namespace sitelog
