#pragma once

#include <stdexcept>
#include <string>

namespace sitelog {

// The disk would not do what was asked: full, unreadable, damaged; or the system is short of
// descriptors or memory, which says nothing of the disk. Thrown; the transaction under
// way is lost as a whole and what was durable before stands.
class StoreError : public std::runtime_error {
 public:
  enum class Kind { kFull, kDamaged, kBusy, kShortage, kOther };
  StoreError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

}  // namespace sitelog
