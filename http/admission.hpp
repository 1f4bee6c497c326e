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

// What they may not do any more who were admitted when the request's head came: by what they came
// in by, as it is now. Nothing where nothing ended.
std::optional<Response> ended_since(const Asked& asked, const Route& route,
                                    const Accounts& accounts);

// For the audit list: that who is in may not have what they asked for. Where it is no operation of
// the table the address stands for it.
AuditLine refused_line(const Asked& asked, const std::string& operation = {});

// 503: too much is under way.
Response busy(Language language);
// 503: too much of this account is under way.
Response too_much_of_one(Language language);
// 500: what went wrong is in the daemon's log, not here.
Response broken(Language language);

}  // namespace sitelog
