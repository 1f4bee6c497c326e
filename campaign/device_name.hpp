#pragma once

#include <string_view>

#include "sync/ledger/result.hpp"

// What a device is called by people, who tell devices apart by it and shut one out by it.
namespace sitelog {

// Refuses (kInvalidValue) what is not UTF-8, has nothing to be seen in it, is longer than a message
// between peers carries, or holds characters that aren't seen: controls, line ends, those of no
// width, those that turn a line round.
Result<> check_device_name(std::string_view name);

}  // namespace sitelog
