#include "engine/accounts/audit_log.hpp"

#include <deque>

#include "campaign/text.hpp"
#include "engine/accounts/limits.hpp"
#include "engine/system.hpp"
#include "sync/ledger/crypto.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kHourMs = 3600 * 1000;
constexpr size_t kPieceBytes = 256 * 1024;
constexpr std::string_view kChainMark = R"(,"chain":")";

Hash chained(const Hash& before, std::string_view line) {
  return Hasher().add(before.view()).add(sha256(as_bytes(line)).view()).finish();
}

// Its hash as the line says it, and what that is of; nothing where it is no such line.
struct ReadLine {
  std::string_view said;
  Hash chain;
};
std::optional<ReadLine> read_line(std::string_view line) {
  const size_t at = line.rfind(kChainMark);
  if (at == line.npos || !line.ends_with("\"}")) return std::nullopt;
  const auto hash = line.substr(at + kChainMark.size());
  const auto chain = Hash::parse(hash.substr(0, hash.size() - 2));
  if (!chain) return std::nullopt;
  return ReadLine{line.substr(0, at), *chain};
}

// Calls `take` with each whole line; returns how many bytes they are.
uint64_t each_line(const FileHandle& file, const std::string& what,
                   const std::function<void(std::string_view)>& take) {
  std::string rest;
  uint64_t bytes = 0;
  for (;;) {
    const std::string piece = file.read(kPieceBytes, what);
    rest += piece;
    size_t begin = 0;
    for (size_t feed = rest.find('\n'); feed != rest.npos; feed = rest.find('\n', begin)) {
      take(std::string_view(rest).substr(begin, feed - begin));
      begin = feed + 1;
    }
    bytes += begin;
    rest.erase(0, begin);
    if (piece.size() < kPieceBytes) return bytes;
  }
}

void add_text(json::object& line, const char* name, const std::string& text) {
  if (!text.empty()) line[name] = shortened(text, limits::kAuditTextBytesMax);
}

}  // namespace

std::unique_ptr<AuditLog> AuditLog::open(const DataFolder& folder) {
  std::unique_ptr<AuditLog> out(new AuditLog(folder));
  if (folder.read_only()) return out;
  out->file_ = folder.folder().open_to_append(kFile);
  out->bytes_ = each_line(out->file_, kFile, [&](std::string_view line) {
    ++out->number_;
    // Where one was altered the next go on from what it says: `list` tells.
    if (const auto read = read_line(line)) out->chain_ = read->chain;
  });
  out->file_.cut(out->bytes_, kFile);
  return out;
}

void AuditLog::write(const AuditLine& line) {
  json::object said{{"n", number_ + 1}, {"at", read_clock().wall.ms}, {"what", line.what}};
  add_text(said, "who", line.who);
  add_text(said, "how", line.how);
  add_text(said, "from", line.from);
  add_text(said, "operation", line.operation);
  add_text(said, "on", line.on);
  add_text(said, "reason", line.reason);
  if (left_out_ > 0) said["left_out"] = left_out_;  // before this one
  std::string text = json::serialize(said);
  text.pop_back();  // the brace
  const Hash chain = chained(chain_, text);
  text += std::string(kChainMark) + chain.hex() + "\"}\n";
  try {
    file_.write(text, kFile);
    file_.sync(kFile);
  } catch (const StoreError&) {
    file_.cut(bytes_, kFile);  // half a line is none
    throw;
  }
  bytes_ += text.size();
  ++number_;
  chain_ = chain;
  left_out_ = 0;
}

void AuditLog::try_to_write(const AuditLine& line) {
  if (!file_) return;  // nothing can be written here at all
  try {
    write(line);
  } catch (const StoreError& error) {
    ++left_out_;
    on_failure(error.what());
  }
}

void AuditLog::add(const AuditLine& line) {
  const std::lock_guard lock(mutex_);
  try_to_write(line);
}

void AuditLog::add_of_stranger(const AuditLine& line) {
  const std::lock_guard lock(mutex_);
  const int64_t hour = read_clock().wall.ms / kHourMs;
  if (hour != std::exchange(hour_, hour)) of_strangers_ = 0;
  if (++of_strangers_ > limits::kStrangersLinesMax) {
    ++left_out_;
  } else {
    try_to_write(line);
  }
}

bool AuditLog::list(const Asked& asked,
                    const std::function<void(const json::object&)>& take) const {
  std::deque<json::object> newest;
  bool sound = true;
  uint64_t number = 0;
  Hash chain;
  const auto file = folder_.folder().open_file(kFile);
  if (file) {
    each_line(*file, kFile, [&](std::string_view text) {
      const auto read = read_line(text);
      boost::system::error_code error;
      json::value line = json::parse(text, error);
      if (!read || error || !line.is_object() || chained(chain, read->said) != read->chain) {
        sound = false;
      }
      if (read) chain = read->chain;
      ++number;
      if (error || !line.is_object()) return;
      json::object& object = line.get_object();
      const auto* at = object.if_contains("at");
      const auto* who = object.if_contains("who");
      if (at == nullptr || !at->is_int64() || at->get_int64() < asked.since) return;
      if (!asked.who.empty() && (who == nullptr || *who != json::value(asked.who))) return;
      newest.push_back(std::move(object));
      if (newest.size() > asked.limit) newest.pop_front();
    });
  }
  {
    const std::lock_guard lock(mutex_);
    // The end is gone.
    if (number < number_ && number_ > 0 && file_) sound = false;
  }
  for (const json::object& line : newest) take(line);
  return sound;
}

}  // namespace sitelog
