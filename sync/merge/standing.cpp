#include "sync/merge/standing.hpp"

#include <algorithm>

namespace sitelog {

Standing::Standing(Rank rank, BookCode unit, std::vector<BookCode> subtree)
    : rank_(rank), unit_(std::move(unit)), subtree_(std::move(subtree)) {
  std::sort(subtree_.begin(), subtree_.end());
  subtree_.erase(std::unique(subtree_.begin(), subtree_.end()), subtree_.end());
  std::erase_if(subtree_, [&](const BookCode& book) { return book == unit_ || book == kRootBook; });
}

Standing Standing::authority() {
  return {Rank::kAuthority, {}, {}};
}

Standing Standing::device(BookCode unit) {
  return {Rank::kDevice, std::move(unit), {}};
}

Standing Standing::hub(BookCode unit, std::vector<BookCode> subtree) {
  return {Rank::kHub, std::move(unit), std::move(subtree)};
}

bool Standing::carries(const BookCode& book) const {
  if (rank_ == Rank::kNone || book.empty()) return false;
  if (is_authority() || book == kRootBook || book == unit_) return true;
  return std::binary_search(subtree_.begin(), subtree_.end(), book);
}

std::vector<BookCode> Standing::books() const {
  if (rank_ == Rank::kNone || is_authority()) return {};
  std::vector<BookCode> out{BookCode(kRootBook), unit_};
  out.insert(out.end(), subtree_.begin(), subtree_.end());
  return out;
}

}  // namespace sitelog
