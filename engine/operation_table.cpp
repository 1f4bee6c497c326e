#include "engine/operation_table.hpp"

#include <set>

#include "engine/engine.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// The program that asks is not the one whose folder this is. The owner of a folder may use either,
// so this is no right: it keeps a site's commands from meaning something else at headquarters.
std::optional<Refusal> meant_for_another(const OperationTable& table, const Caller& caller) {
  if (caller.program.empty() || caller.program == table.program()) return std::nullopt;
  return Refusal{Reason::kUsage,
                 N_("this data folder is used by {}, not by {}: use {}"),
                 {table.program(), caller.program, table.program()}};
}

// Only whoever sits at the folder says whose words these are; an account has its own name.
std::optional<DetailedRefusal> names_another_person(const Operation& operation,
                                                    const Caller& caller,
                                                    const json::object& args) {
  if (caller.known_by == KnownBy::kFolder) return std::nullopt;
  if (operation.argument(kPersonArgument) == nullptr) return std::nullopt;
  const auto* given = args.if_contains(kPersonArgument);
  if (given == nullptr || *given == json::value(caller.name)) return std::nullopt;
  const Refusal why{Reason::kNotPermitted,
                    N_("this stands under the name of who is signed in, {}: leave it out"),
                    {caller.name}};
  return DetailedRefusal(why, {{kPersonArgument, why}});
}

}  // namespace

const Argument* Operation::argument(const std::string& wanted) const {
  for (const Argument& each : arguments) {
    if (each.name == wanted) return &each;
  }
  return nullptr;
}

void OperationTable::add(Operation row) {
  std::set<std::string> names;
  for (const Argument& argument : row.arguments) {
    SITELOG_ASSERT(names.insert(argument.name).second);
  }
  SITELOG_ASSERT(row.run);
  std::string name = row.name;
  SITELOG_ASSERT(rows_.emplace(std::move(name), std::move(row)).second);
}

const Operation* OperationTable::find(const std::string& name) const {
  const auto at = rows_.find(name);
  return at != rows_.end() ? &at->second : nullptr;
}

void OperationTable::wrap(
    const std::function<Operation::Run(const Operation&, Operation::Run)>& round) {
  for (auto& [name, row] : rows_) {
    Operation::Run run = std::move(row.run);
    row.run = round(row, std::move(run));
  }
}

namespace {

OperationAnswer call_row(const Operation& operation, const Caller& caller, const json::object& args,
                         OperationIo& io) {
  if (!has_right(caller, operation.right)) {
    return Refusal{Reason::kNotPermitted,
                   N_("{} takes the right to {}, which you do not have"),
                   {operation.name, name_of(operation.right)}};
  }
  const auto read = read_arguments(operation, args);
  if (!read) return read.refusal();
  if (auto refusal = names_another_person(operation, caller, args)) return *std::move(refusal);
  Caller within = caller;
  within.scope = scope_of(caller, operation.right);
  within.acts_by = operation.right;
  std::optional<Payer> payer;
  if (caller.known_by != KnownBy::kFolder) payer = caller.name;
  const StoreThread::Paying paying(std::move(payer));
  // What is done line by line can end at any of them; anything else is done whole or not at all.
  std::optional<Engine::Asking> asking;
  if (operation.line) asking.emplace(io.may_go_on);
  try {
    return operation.run({within, *read, io});
  } catch (const Engine::AskerGone&) {
    return Refusal{
        Reason::kNotPermitted,
        N_("what this account may do has changed meanwhile: it was broken off there, and "
           "what was done before stands"),
        {}};
  } catch (const StoreError& error) {
    return refusal_of(error);
  } catch (const boost::system::system_error& error) {
    // A stored document that can't be read as JSON any more.
    return refusal_of(StoreError(StoreError::Kind::kDamaged, error.what()));
  }
}

}  // namespace

OperationAnswer call_operation(const OperationTable& table, const Caller& caller,
                               const std::string& name, const json::object& args, OperationIo& io) {
  if (auto refusal = meant_for_another(table, caller)) return *std::move(refusal);
  const Operation* operation = table.find(name);
  if (operation == nullptr) {
    return Refusal{
        Reason::kUsage, N_("the program that uses this data folder does not know {}"), {name}};
  }
  try {
    auto answer = call_row(*operation, caller, args, io);
    table.called()(caller, *operation, args, &answer);
    return answer;
  } catch (...) {
    table.called()(caller, *operation, args, nullptr);
    throw;
  }
}

}  // namespace sitelog
