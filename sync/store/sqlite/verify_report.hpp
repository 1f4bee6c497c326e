#pragma once

// Internal to store: what verify's parts share.

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "sync/merge/merge_work.hpp"
#include "sync/store/sqlite/sqlite_shelf.hpp"
#include "sync/store/verify.hpp"

namespace sitelog {

// A place in the folder, in words: a message and what goes into it.
struct Where {
  const char* text;
  std::vector<std::string> args;
};
inline Where in_file() {
  return {N_("the data file"), {}};
}
inline Where in_unit(const BookCode& book) {
  return {N_("unit {}"), {book}};
}
inline Where in_table(const std::string& table) {
  return {N_("table {}"), {table}};
}
inline Where of_device(std::string_view device) {
  return {N_("device {}"), {to_hex(as_bytes(device))}};
}
inline Where in_record(const BookCode& book, const RecordId& record) {
  return {N_("unit {}, record {}"), {book, record.hex()}};
}
inline Where in_stream(const BookCode& book, const StreamKey& stream) {
  return {N_("unit {}, stream {}"), {book, to_text(book, stream)}};
}
inline Where at_entry(const BookCode& book, const StreamKey& stream, Sequence number) {
  return {N_("unit {}, stream {}, entry {}"),
          {book, to_text(book, stream), std::to_string(number.value)}};
}

// What to do about a finding of that kind: a message.
const char* advice_for(std::string_view kind);

// Ends all checks. No std::exception: what goes wrong in one check ends only that.
struct VerifyStopped {
  std::exception_ptr why;
};

// Takes findings down.
class VerifyReport {
 public:
  explicit VerifyReport(Verified& out) : out_(out) {}
  // `what` is a message.
  void find(const char* kind, const Where& where, std::string what);
  // Those that were taken down elsewhere.
  void take(Verified&& other);
  // What can't be read at all is a finding too, and the other checks go on; not past VerifyStopped.
  void guarded(const std::function<void()>& check);

 private:
  Verified& out_;
};

struct KeptTables {
  Database& database;
  StreamTable& streams;
  MergeWork& work;
  const PublicKey& headquarters;
  const HeadquartersId& id;  // headquarters'
  VerifyReport& report;
};
// Checks what is remembered of others: acknowledgements, receipts, peers, invitations, settings.
void verify_kept(const KeptTables& tables);

}  // namespace sitelog
