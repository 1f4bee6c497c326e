#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "sync/store/files.hpp"

namespace sitelog {

// Pieces of what a file is to be made of, brought in any order and taken in that of their numbers:
// in memory while they are little, else in a file beside the one to be made, of which each one's
// room is given back when it is taken. The file goes with this. All throw StoreError.
class PiecesBeside {
 public:
  // `name` in the folder, which outlives this.
  PiecesBeside(const HeldFolder& folder, std::string name);
  ~PiecesBeside();
  PiecesBeside(const PiecesBeside&) = delete;
  PiecesBeside& operator=(const PiecesBeside&) = delete;

  // `rows`: how many it holds. Several of one number are in the order in which they come. Any
  // thread.
  void put(size_t number, std::string bytes, int64_t rows);
  // All are there. How many; from now on they can be taken.
  size_t close();
  // The place among all, from 0; each once. Any thread.
  std::string take(size_t place);
  // How many rows are in those before it, and with its own, once they are closed.
  int64_t rows_before(size_t place) const { return kept_[place].rows_before; }
  int64_t rows_to(size_t place) const { return rows_before(place) + kept_[place].rows; }
  // That lie in the file. Any thread.
  uint64_t bytes() const;
  // The file goes, and what nobody took.
  void remove();

 private:
  struct Kept {
    size_t number = 0;
    uint64_t at = 0, size = 0;  // in the file
    std::string held;           // in memory, where it is not there
    int64_t rows = 0, rows_before = 0;
  };

  const HeldFolder& folder_;
  const std::string name_;
  mutable std::mutex mutex_;  // guards the rest while pieces come
  std::vector<Kept> kept_;
  uint64_t held_ = 0, end_ = 0, left_ = 0;  // bytes: in memory, of the file, of it not yet taken
  FileHandle file_;
};

}  // namespace sitelog
