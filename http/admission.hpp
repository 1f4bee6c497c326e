#pragma once

#include <optional>

#include "http/router.hpp"

namespace sitelog {

// What becomes of a request once its head is there.
struct Admission {
  const Route* route = nullptr;
  size_t body_bytes_max = 0;
  std::optional<Response> refused;    // the answer, where it ends here
  std::optional<AuditLine> to_audit;  // of a refusal that an auditor wants to see
};

// Decides by the head alone: the route, who asks (`asked.visitor` and `session` are set), whether
// it is another site's page that asks, how large a body may be. Waits for nothing.
Admission admission_of(Asked& asked, const Router& router, Accounts& accounts);

// 503: too much is under way.
Response busy(Language language);
// 500: what went wrong is in the daemon's log, not here.
Response broken(Language language);

}  // namespace sitelog
