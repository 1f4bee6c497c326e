#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "engine/operation.hpp"
#include "http/request.hpp"

// Requests with conditions (RFC 9110, 13): a write that is done only where a record is what was
// seen, a reading that is sent only where it is not what the reader has; and keys by which a write
// is done once (Idempotency-Key). No I/O.
namespace sitelog {

// A strong tag, "SEEN.DIGEST" in quotes: what was seen of the record that is told (empty: it is
// none), and a digest of all that is sent.
std::string tag_of(std::string_view seen, std::string_view body);
std::string tag_of_seen(std::string_view seen);
// Whether If-None-Match has it: weakly compared, "*" is any.
bool names_tag(const RequestHead& head, std::string_view tag);

// Where If-Match is given: sets the argument "seen" by it. Refuses (kUsage) more than one tag, a
// weak one, an operation that has no such argument, and another "seen" beside it.
Result<> take_if_match(const Operation& operation, const RequestHead& head,
                       boost::json::object& args);

// What the field Idempotency-Key says, a string as RFC 8941 has them or a word without quotes;
// nothing where it is not there. Refuses (kMalformed) what is neither, or there twice.
Result<std::optional<std::string>> idempotency_key(const RequestHead& head);

// It was to be said what was seen, and wasn't (RFC 6585, 3).
bool is_condition_missing(const Operation& operation, const boost::json::object& args,
                          const DetailedRefusal& refusal);

// A refusal as whoever asks over HTTPS is told: by the fields of the head that say what was seen,
// and of what has changed meanwhile in words, without JSON among them.
DetailedRefusal in_words_of_http(const RequestHead& head, DetailedRefusal refusal,
                                 Language language);

}  // namespace sitelog
