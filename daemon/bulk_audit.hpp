#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "daemon/headquarters.hpp"
#include "engine/operation.hpp"

namespace sitelog {

// Tells the audit list how far a review of many is, while it goes on: what was decided stands with
// each record as soon as it is committed, and so is said there too when the daemon is killed before
// the whole is done. A line after the first commit and one each second, where more is to come. Of
// one call, on its thread.
class BulkAudit {
 public:
  BulkAudit(Headquarters& headquarters, const OperationCall& call)
      : headquarters_(headquarters), call_(call) {}

  // How many records have been reviewed by this call, after a commit that was not the last.
  void note(int64_t reviewed);

 private:
  Headquarters& headquarters_;
  const OperationCall& call_;
  std::optional<std::chrono::steady_clock::time_point> noted_;
};

}  // namespace sitelog
