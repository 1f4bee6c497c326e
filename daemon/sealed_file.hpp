#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sync/ledger/result.hpp"
#include "sync/store/files.hpp"

// A file that only whoever has the key can read, and nobody can change unseen: a random key,
// wrapped by a CMS message (RFC 5652, 5083) for a public key on P-256 or a passphrase, then pieces
// of 1 MiB, each sealed under that key (AES-256-GCM) with its number and whether it is the last.
// However long it is, a piece at a time is in memory, and nothing of a piece is given out before
// its seal held. docs/decisions/0029 says why.
namespace sitelog {

// To whom, or with what: exactly one of both. A file is PEM, a passphrase what its first line says.
struct SealKey {
  std::string key_file = {};  // to write: a public key, to read: the private one
  std::string passphrase_file = {};
  bool given() const { return !key_file.empty() || !passphrase_file.empty(); }
};

class SealedWriter {
 public:
  // Refuses kInvalidFile where the key can't be used.
  static Result<SealedWriter> begin(FileHandle file, const std::string& path, const SealKey& key);
  SealedWriter(SealedWriter&&) noexcept;
  ~SealedWriter();
  void write(std::string_view content);  // throws StoreError
  // The last piece, and all of it durable. Without it the file counts as cut off.
  void finish();

 private:
  struct State;
  explicit SealedWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class SealedReader {
 public:
  // Refuses what is no sealed file (kInvalidFile), and what this key does not open.
  static Result<SealedReader> begin(FileHandle file, const std::string& path, const SealKey& key);
  SealedReader(SealedReader&&) noexcept;
  ~SealedReader();
  // The next bytes, as many as were asked for; fewer only at the end. Refuses (kInvalidFile) what
  // was changed or cut off: what was given out before is what was written.
  Result<std::string> read(size_t bytes);

 private:
  struct State;
  explicit SealedReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Whether the file at `path` begins as sealed files do.
bool is_sealed_file(const std::string& path);

}  // namespace sitelog
