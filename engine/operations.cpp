#include "engine/operations.hpp"

#include "engine/engine.hpp"

namespace sitelog {

namespace json = boost::json;

Result<json::object> run_operation(const Operations& operations, const std::string& name,
                                   const json::object& args, OperationIo& io) {
  const auto operation = operations.find(name);
  if (operation == operations.end()) {
    return Refusal{
        Reason::kUsage, N_("the program that uses this data folder does not know {}"), {name}};
  }
  try {
    return operation->second(args, io);
  } catch (const StoreError& error) {
    return refusal_of(error);
  } catch (const boost::system::system_error& error) {
    // A stored document that can't be read as JSON any more.
    return refusal_of(StoreError(StoreError::Kind::kDamaged, error.what()));
  }
}

std::string text_arg(const json::object& args, std::string_view name) {
  const auto* value = args.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<int64_t> number_arg(const json::object& args, std::string_view name) {
  const auto* value = args.if_contains(name);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code error;
  const auto number = value->to_number<int64_t>(error);
  return error ? std::nullopt : std::optional(number);
}

bool flag_arg(const json::object& args, std::string_view name) {
  const auto* value = args.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::vector<std::string> texts_arg(const json::object& args, std::string_view name) {
  std::vector<std::string> out;
  const auto* value = args.if_contains(name);
  if (value == nullptr || !value->is_array()) return out;
  for (const auto& item : value->get_array()) {
    if (item.is_string()) out.emplace_back(item.get_string());
  }
  return out;
}

}  // namespace sitelog
