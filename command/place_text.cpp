#include "command/place_text.hpp"

#include "command/answer_fields.hpp"
#include "command/terminal/language.hpp"
#include "engine/system.hpp"
#include "sync/ledger/answer.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

void tell_removed(const json::object& outcome, std::vector<std::string>& out) {
  if (!flag_in(outcome, "unit_removed")) return;
  out.emplace_back(
      tr("headquarters has removed this device's unit: what is recorded here is still sent and "
         "kept; ask headquarters whether to go on here, or which unit to record for from now on"));
}

// Since when; nothing where headquarters lets the device in.
std::string shut_out_since(const json::object& outcome) {
  const json::object& said = object_in(outcome, "shut_out");
  return said.empty() ? std::string() : local_time(number_in(said, "since").value_or(0));
}

}  // namespace

std::vector<std::string> place_of_what_is_saved(const json::object& outcome) {
  std::vector<std::string> out;
  if (const std::string since = shut_out_since(outcome); !since.empty()) {
    out.push_back(fill(
        tr("headquarters has shut this device out (told {}): what is recorded is kept here and "
           "does not count there until the device is let in again; ask for that (sitelog "
           "status says why, and how much waits)"),
        {since}));
  }
  tell_removed(outcome, out);
  return out;
}

std::vector<std::string> place_in_status(const json::object& status) {
  std::vector<std::string> out;
  if (const std::string since = shut_out_since(status); !since.empty()) {
    const json::object& entries = object_in(status, "entries");
    out.push_back(
        fill(tr("headquarters has shut this device out (told {}): {} of the entries made here are "
                "not known to be held there and do not count until it lets the device in again "
                "(sitelog list --waiting lists their records)"),
             {since, std::to_string(number_in(entries, "waiting").value_or(0))}));
    out.push_back(message_of(refusal_from(object_in(status, "shut_out"))));
  }
  tell_removed(status, out);
  return out;
}

}  // namespace sitelog
