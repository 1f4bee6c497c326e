#pragma once

#include <memory>
#include <string>

#include "sync/ledger/result.hpp"
#include "sync/store/opening.hpp"
#include "sync/store/store.hpp"

namespace sitelog {

// A copy of a data file that an older Sitelog made and that can't be brought up to date where it
// lies, as nothing can be written to its medium: brought up to date elsewhere, to be read. A file
// of the user's own among the temporary ones, which goes with this.
class ReadingCopy {
 public:
  // Refuses what Store::open refuses. Throws StoreError, also where there is no room for it.
  static Result<std::unique_ptr<ReadingCopy>> make(const std::string& from, const Owner& owner,
                                                   const OnOpening& on_opening);
  ~ReadingCopy();
  ReadingCopy(const ReadingCopy&) = delete;
  ReadingCopy& operator=(const ReadingCopy&) = delete;

  std::string database() const { return folder_ + "/sitelog.db"; }

 private:
  explicit ReadingCopy(std::string folder) : folder_(std::move(folder)) {}
  const std::string folder_;
};

}  // namespace sitelog
