#pragma once

#include <string>

#include "engine/accounts/audit_log.hpp"
#include "engine/engine.hpp"
#include "engine/operation_table.hpp"

namespace sitelog {

// Notes in the audit list who asked for which operation, and what became of it: each write, each
// reading that the table says is to be known, and what was refused for want of a right or of the
// thing itself. By whichever door it came. Any thread but the store's.
class CallAuditor {
 public:
  // Both outlive it.
  CallAuditor(Engine& engine, AuditLog& log) : engine_(engine), log_(log) {}

  // `answer` null: its reader went away, or it failed as nothing expected.
  void note(const Caller& caller, const Operation& operation, const boost::json::object& args,
            const OperationAnswer* answer);

 private:
  std::string named_in(const Caller& caller, const boost::json::object& args,
                       const boost::json::object& answer) const;
  std::string meant(const Caller& caller, std::string_view name, const std::string& given) const;

  Engine& engine_;
  AuditLog& log_;
};

// What a line says a call was about, "record=… verdict=…", by its parts: name and value. What is
// not so is one part without a name.
std::vector<std::pair<std::string, std::string>> audited_parts(const std::string& on);

}  // namespace sitelog
