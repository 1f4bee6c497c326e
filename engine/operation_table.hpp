#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/operation.hpp"

namespace sitelog {

// Everything that can be asked of one program's data folder, by name. A value; made once by the
// program (headquarters_operations, site_operations). A table made without a folder in use can be
// described and not called.
class OperationTable {
 public:
  // `program` is what people run: sitelog or sitelogd.
  explicit OperationTable(std::string program) : program_(std::move(program)) {}

  // A name used twice, in the table or among a row's arguments, is a bug.
  void add(Operation row);
  const Operation* find(const std::string& name) const;  // null where there is none
  const std::map<std::string, Operation>& rows() const { return rows_; }
  const std::string& program() const { return program_; }
  // Puts something round what every row runs.
  void wrap(const std::function<Operation::Run(const Operation&, Operation::Run)>& round);
  // Told of each call of a row, also of one that is refused before it runs, before its caller is
  // answered. `answer` null: what runs threw.
  using Called =
      std::function<void(const Caller&, const Operation&, const boost::json::object& args,
                         const OperationAnswer* answer)>;
  void on_called(Called called) { called_ = std::move(called); }
  const Called& called() const { return called_; }

 private:
  std::string program_;
  std::map<std::string, Operation> rows_;
  Called called_ = [](const auto&, const auto&, const auto&, const auto*) {};
};

// What a row runs, where `owner` outlives the table; null: it is there to be described.
template <class Owner, class Handler>
Operation::Run run_by(Owner* owner, Handler handler) {
  return [owner, handler](const OperationCall& call) -> OperationAnswer {
    SITELOG_ASSERT(owner != nullptr);
    return handler(*owner, call);
  };
}

// The dispatcher, the one way into an operation. Refuses an unknown name, another program's
// asking, a missing right (kNotPermitted) and arguments that are not as the row says
// (read_arguments), before anything of the operation runs. What the disk fails to do becomes a
// refusal.
OperationAnswer call_operation(const OperationTable& table, const Caller& caller,
                               const std::string& name, const boost::json::object& args,
                               OperationIo& io);

}  // namespace sitelog
