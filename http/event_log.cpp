#include "http/event_log.hpp"

#include <algorithm>
#include <charconv>

namespace sitelog {

namespace json = boost::json;

std::string EventLog::text_of(uint64_t number, std::string_view kind,
                              const json::object& data) const {
  // Serialised JSON has no line feeds, whatever its texts hold.
  return "id: " + run_ + "-" + std::to_string(number) + "\nevent: " + std::string(kind) +
         "\ndata: " + json::serialize(data) + "\n\n";
}

void EventLog::add(Whose whose, std::string_view kind, const json::object& data) {
  ++last_;
  events_.push_back(
      {last_, std::move(whose), std::make_shared<const std::string>(text_of(last_, kind, data))});
  if (events_.size() > most_) events_.pop_front();
}

void EventLog::part() {
  ++last_;
  events_.clear();
}

std::deque<EventLog::Event>::const_iterator EventLog::after(uint64_t number) const {
  return std::upper_bound(events_.begin(), events_.end(), number,
                          [](uint64_t a, const Event& b) { return a < b.number; });
}

std::optional<uint64_t> EventLog::place_of(std::string_view id) const {
  if (!id.starts_with(run_ + "-")) return std::nullopt;
  id.remove_prefix(run_.size() + 1);
  uint64_t number = 0;
  const auto read = std::from_chars(id.data(), id.data() + id.size(), number);
  if (read.ec != std::errc() || read.ptr != id.data() + id.size() || number > last_) {
    return std::nullopt;
  }
  // Numbers have no gaps within what is kept.
  if (number + events_.size() < last_) return std::nullopt;
  return number;
}

std::string EventLog::alone(std::string_view kind) const {
  return text_of(last_, kind, {});
}

}  // namespace sitelog
