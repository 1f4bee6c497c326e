#include "command/pieces_beside.hpp"

#include <algorithm>
#include <utility>

namespace sitelog {

namespace {

constexpr uint64_t kHeldMax = 4 * 1024 * 1024;
constexpr const char* kWhat = "the export's file beside";

}  // namespace

PiecesBeside::PiecesBeside(const HeldFolder& folder, std::string name)
    : folder_(folder), name_(std::move(name)) {}

PiecesBeside::~PiecesBeside() {
  try {
    remove();
  } catch (const StoreError&) {
    // It goes when the folder is looked through next.
  }
}

void PiecesBeside::remove() {
  kept_.clear();
  if (!file_) return;
  file_ = FileHandle();
  folder_.remove(name_);
}

void PiecesBeside::put(size_t number, std::string bytes, int64_t rows) {
  Kept piece{.number = number, .size = bytes.size(), .held = {}, .rows = rows};
  uint64_t at = 0;
  {
    const std::lock_guard lock(mutex_);
    if (held_ + bytes.size() <= kHeldMax) {
      held_ += bytes.size();
      piece.held = std::move(bytes);
      kept_.push_back(std::move(piece));
      return;
    }
    if (!file_) file_ = folder_.make_file(name_);
    at = piece.at = end_;
    end_ += piece.size;
    left_ += piece.size;
    kept_.push_back(std::move(piece));
  }
  file_.write_at(at, bytes, kWhat);
}

size_t PiecesBeside::close() {
  const std::lock_guard lock(mutex_);
  std::stable_sort(kept_.begin(), kept_.end(),
                   [](const Kept& a, const Kept& b) { return a.number < b.number; });
  int64_t rows = 0;
  for (Kept& piece : kept_) {
    piece.rows_before = rows;
    rows += piece.rows;
  }
  return kept_.size();
}

std::string PiecesBeside::take(size_t place) {
  Kept& piece = kept_[place];
  if (!piece.held.empty()) return std::exchange(piece.held, {});
  std::string out = file_.read_at(piece.at, piece.size, kWhat);
  if (out.size() != piece.size) {
    throw StoreError(StoreError::Kind::kOther, "the export's file beside ends too early");
  }
  file_.give_back(piece.at, piece.size);
  const std::lock_guard lock(mutex_);
  left_ -= piece.size;
  return out;
}

uint64_t PiecesBeside::bytes() const {
  const std::lock_guard lock(mutex_);
  return left_;
}

}  // namespace sitelog
