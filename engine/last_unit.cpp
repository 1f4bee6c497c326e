#include "engine/last_unit.hpp"

#include "sync/merge/forms.hpp"

namespace sitelog {

std::optional<Unit> unit_in(Store& store, const BookCode& code) {
  const auto record = store.state(BookCode(kRootBook), unit_record(code), std::string(kFormUnit));
  return record ? unit_from(*record) : std::nullopt;
}

const std::optional<Unit>& LastUnit::find(Store& store, const BookCode& code) {
  const Hash held = store.digest(BookCode(kRootBook));
  if (held_ != held || code_ != code) {
    unit_ = unit_in(store, code);
    code_ = code;
    held_ = held;
  }
  return unit_;
}

}  // namespace sitelog
