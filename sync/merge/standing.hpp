#pragma once

#include <vector>

#include "sync/ledger/ids.hpp"

namespace sitelog {

// Where a device stands: whose word it is, and whose books it may carry. Worked out once, of grants
// (BookSettings) or of what a link has authenticated, and passed on. Which end of a connection it
// is says nothing about it. A value.
class Standing {
 public:
  // A device that nothing speaks for.
  Standing() = default;
  // Headquarters, whose key founds every grant. It carries every book.
  static Standing authority();
  // One device of one unit: it carries the common book and its unit's.
  static Standing device(BookCode unit);
  // A device of `unit` that carries the books of other units too, as its grant lists them.
  static Standing hub(BookCode unit, std::vector<BookCode> subtree);

  bool is_authority() const { return rank_ == Rank::kAuthority; }
  bool is_hub() const { return rank_ == Rank::kHub; }
  // The unit it belongs to; empty of headquarters.
  const BookCode& unit() const { return unit_; }
  const std::vector<BookCode>& subtree() const { return subtree_; }
  bool carries(const BookCode& book) const;
  // The books it carries by name, the common one first; of headquarters none, as it has no list.
  std::vector<BookCode> books() const;

  bool operator==(const Standing&) const = default;

 private:
  enum class Rank { kNone, kDevice, kHub, kAuthority };
  Standing(Rank rank, BookCode unit, std::vector<BookCode> subtree);

  Rank rank_ = Rank::kNone;
  BookCode unit_;
  std::vector<BookCode> subtree_;  // ascending, without the unit itself
};

}  // namespace sitelog
