#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sync/ledger/result.hpp"

struct zip;

namespace sitelog {

// The files in a zip archive, read one after another, never whole in memory. What is unpacked of
// all of them together is bounded by limits::kWorkbookUnpackedBytesMax, whatever the archive says
// of itself. `bytes` outlives it.
class ZipArchive {
 public:
  // Refuses kInvalidFile, kTooLarge.
  static Result<ZipArchive> open(std::string_view bytes);

  bool has(const std::string& name) const;
  // Gives the file to `take` in pieces, until that returns false. Refuses kInvalidFile where there
  // is no such file or it is damaged or encrypted, kTooLarge past the bound.
  Result<> read(const std::string& name, const std::function<bool(std::string_view)>& take);

 private:
  struct Closing {
    void operator()(zip* archive) const;
  };
  explicit ZipArchive(zip* archive) : archive_(archive) {}

  std::unique_ptr<zip, Closing> archive_;
  uint64_t unpacked_ = 0;
};

}  // namespace sitelog
