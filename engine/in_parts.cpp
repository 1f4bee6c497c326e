#include "engine/in_parts.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

class Parting {
 public:
  Parting(size_t bytes_max, const std::function<void(json::object)>& take)
      : bytes_max_(bytes_max), take_(take) {}

  void tell(json::value value) {
    const bool fits = json::serialize(value).size() <= bytes_max_;
    if (auto* members = fits ? nullptr : value.if_object()) {
      take_({{"at", at_}, {"value", json::object()}});
      for (auto& [name, member] : *members) tell_at(json::value(name), std::move(member));
    } else if (auto* items = fits ? nullptr : value.if_array()) {
      take_({{"at", at_}, {"value", json::array()}});
      for (size_t i = 0; i < items->size(); ++i) tell_at(json::value(i), std::move((*items)[i]));
    } else {
      // A single text is of one entry, and fits a line.
      take_({{"at", at_}, {"value", std::move(value)}});
    }
  }

 private:
  void tell_at(json::value place, json::value value) {
    at_.emplace_back(std::move(place));
    tell(std::move(value));
    at_.pop_back();
  }

  const size_t bytes_max_;
  const std::function<void(json::object)>& take_;
  json::array at_;
};

}  // namespace

void each_part(json::value whole, size_t bytes_max, const std::function<void(json::object)>& take) {
  Parting(bytes_max, take).tell(std::move(whole));
}

bool put_part(json::value& whole, const json::object& part) {
  const auto* at = part.if_contains("at");
  const auto* value = part.if_contains("value");
  if (at == nullptr || !at->is_array() || value == nullptr) return false;
  json::value* place = &whole;
  for (const json::value& step : at->get_array()) {
    if (auto* members = place->if_object(); members != nullptr && step.is_string()) {
      place = &(*members)[step.get_string()];
    } else if (auto* items = place->if_array(); items != nullptr) {
      boost::system::error_code error;
      const auto index = step.to_number<size_t>(error);
      if (error || index > items->size()) return false;
      if (index == items->size()) items->emplace_back(nullptr);
      place = &(*items)[index];
    } else {
      return false;
    }
  }
  *place = *value;
  return true;
}

}  // namespace sitelog
