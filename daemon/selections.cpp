#include "daemon/selections.hpp"

#include <algorithm>
#include <array>

#include "engine/system.hpp"

namespace sitelog {

namespace {

constexpr int64_t kHourMs = 3600 * 1000;

bool is_at_work(const std::shared_ptr<Selection>& selection) {
  const std::lock_guard lock(selection->mutex);
  return selection->at_work;
}

}  // namespace

std::shared_ptr<Selection> Selections::keep(const std::string& account,
                                            std::vector<Selection::Row> rows, int64_t now_ms) {
  auto out = std::make_shared<Selection>();
  out->id = to_hex(random_bytes<std::array<uint8_t, 16>>());
  out->account = account;
  out->made_ms = now_ms;
  out->rows = std::move(rows);
  const std::lock_guard lock(mutex_);
  expire(now_ms);
  make_room(account, out->rows.size());
  selections_.emplace(out->id, out);
  order_.push_back(out->id);
  return out;
}

std::shared_ptr<Selection> Selections::find(const std::string& account, const std::string& id,
                                            int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  expire(now_ms);
  const auto at = selections_.find(id);
  return at != selections_.end() && at->second->account == account ? at->second : nullptr;
}

// What somebody works at goes on with who has it.
void Selections::expire(int64_t now_ms) {
  std::erase_if(order_, [&](const std::string& id) {
    const int64_t age = now_ms - selections_.at(id)->made_ms;
    // Made later than now: the clock was set back.
    if (age >= 0 && age <= limits::kSelectionHoursMax * kHourMs) return false;
    selections_.erase(id);
    return true;
  });
}

void Selections::make_room(const std::string& account, size_t rows) {
  // False where there is none that may go.
  const auto drop_eldest = [&](const auto& may_go) {
    const auto at = std::find_if(order_.begin(), order_.end(), [&](const std::string& id) {
      const auto& selection = selections_.at(id);
      return may_go(*selection) && !is_at_work(selection);
    });
    if (at == order_.end()) return false;
    selections_.erase(*at);
    order_.erase(at);
    return true;
  };
  const auto is_own = [&account](const Selection& each) { return each.account == account; };
  const auto own = std::count_if(selections_.begin(), selections_.end(),
                                 [&](const auto& each) { return is_own(*each.second); });
  if (static_cast<size_t>(own) >= limits::kSelectionsOfOneMax) drop_eldest(is_own);
  const auto any = [](const Selection&) { return true; };
  if (selections_.size() >= limits::kSelectionsMax) drop_eldest(any);
  const auto is_room = [&] {
    size_t all = rows;
    for (const auto& [id, each] : selections_) all += each->rows.size();
    return all <= limits::kSelectedInAllMax;
  };
  while (!is_room() && (drop_eldest(is_own) || drop_eldest(any))) {
  }
}

}  // namespace sitelog
