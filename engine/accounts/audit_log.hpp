#pragma once

#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/accounts/limits.hpp"
#include "engine/caller.hpp"
#include "sync/ledger/ids.hpp"
#include "sync/ledger/result.hpp"
#include "sync/store/files.hpp"
#include "sync/store/folder.hpp"

namespace sitelog {

// One thing that somebody did or was refused. A value; what it holds of others' texts is cut short.
struct AuditLine {
  std::string who = {};        // account; empty: whoever sits at the folder, or nobody known
  std::string how = {};        // known: folder, password, token; empty: not at all
  std::string from = {};       // address; empty: this machine
  std::string what = {};       // signed_in, sign_in_refused, called, refused …
  std::string operation = {};  // of the table
  std::string on = {};         // unit, record, account … that it named
  std::string reason = {};     // of a refusal; of a sign-in, by which code
};

// The audit list: a file of lines (audit.log), each with the hash of all before it, only ever
// added to. A file that is full becomes a piece (audit-000001.log …) and another goes on from it.
// Any thread.
//
//   {"n":2,"at":1700000000000,"who":"li",…,"chain":"5c1e…"}
//   chain = SHA-256(chain of the line before ‖ SHA-256(the line up to `,"chain"`)), 32 bytes each
//   the first line of a file that goes on: "what":"continued","before": the chain of the line
//   before
class AuditLog {
 public:
  static constexpr const char* kFile = "audit.log";
  // `folder` outlives it. What a killed process left of a last line goes; it was told to nobody.
  // `each` is told every line of the file that is added to, as far as there are any.
  static std::unique_ptr<AuditLog> open(
      const DataFolder& folder, uint64_t piece_bytes = limits::kAuditPieceBytes,
      const std::function<void(const boost::json::object&)>& each = {});

  // Durable when it returns. Where the disk does not do it, what was done is done all the same:
  // `on_failure` tells, and the next line says that some are missing.
  void add(const AuditLine& line);
  // What anybody can make it say without being known: the first limits::kStrangersLinesMax of an
  // hour, then how many there were.
  void add_of_stranger(const AuditLine& line);

  struct Asked {
    size_t limit = 0;
    std::string who = {};  // empty: everybody
    int64_t since = 0;     // Unix time in milliseconds
  };
  // What a reading of all of it showed.
  struct Found {
    bool intact = true;   // every line is as it was written, and none is missing
    uint64_t begins = 1;  // the number of the first line that is here
  };
  // The newest of those asked for, in the order they were written.
  Found list(const Asked& asked, const std::function<void(const boost::json::object&)>& take) const;

  // Set before anybody comes in.
  std::function<void(const std::string&)> on_failure = [](const std::string&) {};

 private:
  AuditLog(const DataFolder& folder, uint64_t piece_bytes)
      : folder_(folder), piece_bytes_(piece_bytes) {}
  void go_on_from_pieces();
  void try_to_write(const AuditLine& line);
  void write(const AuditLine& line);
  void put(boost::json::object said);
  void turn_over();

  const DataFolder& folder_;
  const uint64_t piece_bytes_;
  mutable std::mutex mutex_;
  FileHandle file_;
  uint64_t number_ = 0;
  uint64_t bytes_ = 0;
  std::vector<uint64_t> pieces_;  // their numbers, ascending
  Hash chain_;
  int64_t hour_ = 0;
  int of_strangers_ = 0;  // in that hour
  uint64_t left_out_ = 0;
};

}  // namespace sitelog
