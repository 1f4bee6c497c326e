#include "engine/accounts/audit_log.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <optional>

#include "campaign/text.hpp"
#include "engine/accounts/limits.hpp"
#include "engine/system.hpp"
#include "sync/ledger/crypto.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kHourMs = 3600 * 1000;
constexpr size_t kPieceBytes = 256 * 1024;
constexpr const char* kContinued = "continued";
constexpr std::string_view kPieceBegins = "audit-", kPieceEnds = ".log";
constexpr size_t kPieceDigits = 6;
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

std::optional<json::object> parse_line(std::string_view text) {
  boost::system::error_code error;
  json::value line = json::parse(text, error);
  if (error || !line.is_object()) return std::nullopt;
  return std::move(line.get_object());
}

std::optional<uint64_t> number_in(const json::object& line) {
  const auto* number = line.if_contains("n");
  if (number == nullptr || !number->is_int64() || number->get_int64() < 1) return std::nullopt;
  return static_cast<uint64_t>(number->get_int64());
}

std::string piece_name(uint64_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, kPieceDigits - std::min(kPieceDigits, digits.size()), '0');
  return std::string(kPieceBegins) + digits + std::string(kPieceEnds);
}

std::optional<uint64_t> piece_number(std::string_view name) {
  if (!name.starts_with(kPieceBegins) || !name.ends_with(kPieceEnds)) return std::nullopt;
  const auto digits =
      name.substr(kPieceBegins.size(), name.size() - kPieceBegins.size() - kPieceEnds.size());
  uint64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (read.ec != std::errc() || number == 0 || piece_name(number) != name) return std::nullopt;
  return number;
}

void add_text(json::object& line, const char* name, const std::string& text) {
  if (!text.empty()) line[name] = shortened(text, limits::kAuditTextBytesMax);
}

}  // namespace

std::unique_ptr<AuditLog> AuditLog::open(const DataFolder& folder, uint64_t piece_bytes,
                                         const std::function<void(const json::object&)>& each) {
  std::unique_ptr<AuditLog> out(new AuditLog(folder, piece_bytes));
  for (const std::string& name : folder.folder().names()) {
    if (const auto number = piece_number(name)) out->pieces_.push_back(*number);
  }
  std::sort(out->pieces_.begin(), out->pieces_.end());
  if (folder.read_only()) return out;
  out->file_ = folder.folder().open_to_append(kFile);
  uint64_t lines = 0;
  out->bytes_ = each_line(out->file_, kFile, [&](std::string_view line) {
    // Where one was altered the next go on from what it says: `list` tells.
    if (const auto read = read_line(line)) out->chain_ = read->chain;
    const auto object = parse_line(line);
    if (lines++ == 0 && object) out->number_ = number_in(*object).value_or(1) - 1;
    if (object && each) each(*object);
  });
  out->number_ += lines;
  out->file_.cut(out->bytes_, kFile);
  if (lines == 0) out->go_on_from_pieces();
  return out;
}

// It was killed between turning over and the first line of the new file.
void AuditLog::go_on_from_pieces() {
  if (pieces_.empty()) return;
  const std::string name = piece_name(pieces_.back());
  const auto file = folder_.folder().open_file(name);
  if (!file) return;
  each_line(*file, name, [&](std::string_view line) {
    if (const auto read = read_line(line)) chain_ = read->chain;
    const auto object = parse_line(line);
    number_ = object ? number_in(*object).value_or(number_ + 1) : number_ + 1;
  });
  put({{"what", kContinued}, {"before", chain_.hex()}});
}

// The file is full: it becomes a piece, and another goes on from it.
void AuditLog::turn_over() {
  const uint64_t next = pieces_.empty() ? 1 : pieces_.back() + 1;
  if (folder_.folder().has(kFile)) {
    folder_.folder().rename(kFile, piece_name(next));
    pieces_.push_back(next);
  }
  file_ = folder_.folder().open_to_append(kFile);
  bytes_ = 0;
  put({{"what", kContinued}, {"before", chain_.hex()}});
}

void AuditLog::write(const AuditLine& line) {
  if (bytes_ >= piece_bytes_) turn_over();
  json::object said{{"what", line.what}};
  add_text(said, "who", line.who);
  add_text(said, "how", line.how);
  add_text(said, "from", line.from);
  add_text(said, "operation", line.operation);
  add_text(said, "on", line.on);
  add_text(said, "reason", line.reason);
  if (left_out_ > 0) said["left_out"] = left_out_;  // before this one
  put(std::move(said));
  left_out_ = 0;
}

void AuditLog::put(json::object said) {
  json::object whole{{"n", number_ + 1}, {"at", read_clock().wall.ms}};
  whole.insert(said.begin(), said.end());
  std::string text = json::serialize(whole);
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

AuditLog::Found AuditLog::list(const Asked& asked,
                               const std::function<void(const json::object&)>& take) const {
  std::vector<std::pair<FileHandle, std::string>> files;
  uint64_t written = 0;
  {
    // All at one moment: what is turned over meanwhile is read by what it was called.
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const uint64_t piece : pieces_) names.push_back(piece_name(piece));
    names.emplace_back(kFile);
    for (const std::string& name : names) {
      if (auto file = folder_.folder().open_file(name)) files.emplace_back(*std::move(file), name);
    }
    if (file_) written = number_;
  }
  std::deque<json::object> newest;
  Found out;
  uint64_t number = 0;
  Hash chain;
  const auto look = [&](std::string_view text) {
    const auto read = read_line(text);
    auto line = parse_line(text);
    if (number == 0 && line && line->contains("before")) {
      out.begins = number_in(*line).value_or(1);
      number = out.begins - 1;
      const auto* before = line->if_contains("before");
      if (before->is_string()) {
        chain = Hash::parse(std::string_view(before->get_string())).value_or(Hash());
      }
      if (out.begins > 1) out.intact = false;  // those before are not here
    }
    if (!read || !line || chained(chain, read->said) != read->chain) out.intact = false;
    if (read) chain = read->chain;
    ++number;
    if (!line) return;
    const auto* at = line->if_contains("at");
    const auto* who = line->if_contains("who");
    if (at == nullptr || !at->is_int64() || at->get_int64() < asked.since) return;
    if (!asked.who.empty() && (who == nullptr || *who != json::value(asked.who))) return;
    newest.push_back(*std::move(line));
    if (newest.size() > asked.limit) newest.pop_front();
  };
  for (const auto& [file, name] : files) each_line(file, name, look);
  if (number < written) out.intact = false;  // the end is gone
  for (const json::object& line : newest) take(line);
  return out;
}

}  // namespace sitelog
