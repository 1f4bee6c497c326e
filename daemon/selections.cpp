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

std::map<std::string, Selections::Share> Selections::shares() const {
  std::map<std::string, Share> out;
  for (const auto& [id, each] : selections_) {
    Share& share = out[each->account];
    ++share.number;
    share.rows += each->rows.size();
  }
  return out;
}

// False where none of theirs may go.
bool Selections::drop_eldest_of(const std::string& account) {
  const auto at = std::find_if(order_.begin(), order_.end(), [&](const std::string& id) {
    const auto& selection = selections_.at(id);
    return selection->account == account && !is_at_work(selection);
  });
  if (at == order_.end()) return false;
  selections_.erase(*at);
  order_.erase(at);
  return true;
}

// For one of the account's with so many rows.
void Selections::make_room(const std::string& account, size_t rows) {
  for (bool more = true; more;) {
    auto all = shares();
    Share& own = all[account];
    ++own.number;
    own.rows += rows;
    Share sum;
    for (const auto& [name, share] : all) {
      sum.number += share.number;
      sum.rows += share.rows;
    }
    const auto drop_of_most = [&](auto Share::*what) {
      std::vector<std::pair<size_t, std::string>> most;
      for (const auto& [name, share] : all) most.emplace_back(share.*what, name);
      std::sort(most.rbegin(), most.rend());
      return std::any_of(most.begin(), most.end(),
                         [this](const auto& each) { return drop_eldest_of(each.second); });
    };
    if (own.number > limits::kSelectionsOfOneMax || own.rows > limits::kSelectedOfOneMax) {
      more = drop_eldest_of(account);
    } else if (sum.number > limits::kSelectionsMax) {
      more = drop_of_most(&Share::number);
    } else if (sum.rows > limits::kSelectedInAllMax) {
      more = drop_of_most(&Share::rows);
    } else {
      return;
    }
  }
}

}  // namespace sitelog
