#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/ledger/result.hpp"

namespace sitelog {

// Without the blanks round it that HTTP allows.
std::string_view trimmed_blanks(std::string_view text);

std::string small_letters(std::string_view text);  // of ASCII

// What a reader would have, such as "en-GB;q=0.8" or "gzip": its name, and how gladly in
// thousandths (RFC 9110, 12.4.2); 0: not at all, or it can't be read.
struct Weighted {
  std::string_view name;
  int weight = 0;
};
// The first limits::kPreferencesLooked of a list of such, in its order.
std::vector<Weighted> weighted_in(std::string_view list);

// What a request says before its body (RFC 9112). Names of fields in small letters. A value.
struct RequestHead {
  std::string method;
  std::string path;                                         // without escapes
  std::vector<std::pair<std::string, std::string>> query;   // without escapes, in its order
  std::optional<Refusal> bad_query;                         // why the query can't be read
  std::vector<std::pair<std::string, std::string>> fields;  // as they came
  std::optional<uint64_t> body_bytes;                       // where it says how many
  bool has_body = false;
  bool keep_alive = false;
  bool expects_continue = false;

  bool only_reads() const { return method == "GET" || method == "HEAD"; }
  // Of the first field of this name; empty where there is none.
  std::string_view field(std::string_view name) const;
  // How many there are of this name.
  size_t count(std::string_view name) const;
  // The value of this cookie; empty where there is none, or two.
  std::string_view cookie(std::string_view name) const;
};

// Of the body, in small letters, without its parameters.
std::string media_type(const RequestHead& head);

// Why a request can't be read. The connection ends with it.
struct BadRequest {
  int status = 400;
  Refusal refusal;
};

// Makes requests of bytes as they arrive, one after the other, within limits::kHeadBytesMax and
// what is said of each body. No I/O; one thread.
class RequestReader {
 public:
  RequestReader();
  ~RequestReader();

  void add(std::string_view bytes);
  enum class State { kHead, kBody, kDone, kBad };
  // As far as what arrived reaches: kHead and kBody wait for more. The head is there from kBody on.
  State state() const;
  const RequestHead& head() const;
  // How much of a body is taken; asked for before any of it is read, once the head is there.
  void take_body(size_t bytes_max);
  std::string body();  // once kDone
  // Of the body: what came of it so far, and what memory that takes.
  size_t body_come() const;
  size_t body_held() const;
  const BadRequest& bad() const;
  // Nothing of the next request has come yet.
  bool idle() const;
  // After kDone: goes on with what arrived behind.
  void next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The path and the query of what a request asks for. Refuses what is not "/…" (RFC 9112, 3.2.1). A
// query that can't be read is none, and matters where one counts.
struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query = {};
  std::optional<Refusal> bad_query = {};
};
Result<Target> parse_target(std::string_view text);

}  // namespace sitelog
