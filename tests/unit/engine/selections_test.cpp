#include "daemon/selections.hpp"

#include <catch2/catch.hpp>

using namespace sitelog;

namespace {

std::vector<Selection::Row> rows(size_t number) {
  return std::vector<Selection::Row>(number);
}

}  // namespace

TEST_CASE("who selects much makes room by their own selections, not by others'") {
  Selections selections;
  const auto other = selections.keep("wang", rows(limits::kSelectedMax), 1);
  const auto first = selections.keep("li", rows(limits::kSelectedMax), 2);
  const auto second = selections.keep("li", rows(limits::kSelectedMax), 3);
  const auto third = selections.keep("li", rows(limits::kSelectedMax), 4);
  CHECK_FALSE(selections.find("li", first->id, 5));
  CHECK(selections.find("li", second->id, 5));
  CHECK(selections.find("li", third->id, 5));
  CHECK(selections.find("wang", other->id, 5));
  for (size_t i = 0; i < 3 * limits::kSelectionsOfOneMax; ++i) selections.keep("li", rows(1), 5);
  CHECK(selections.find("wang", other->id, 5));
}

TEST_CASE("where all have selected too much, whoever has the most loses the eldest") {
  Selections selections;
  const auto small = selections.keep("zhao", rows(1), 1);
  std::vector<std::shared_ptr<Selection>> large;
  for (size_t i = 0; i < limits::kSelectedInAllMax / limits::kSelectedOfOneMax; ++i) {
    for (int each = 0; each < 2; ++each) {
      large.push_back(
          selections.keep("account " + std::to_string(i), rows(limits::kSelectedMax), 2));
    }
  }
  CHECK(selections.find("zhao", small->id, 3));
  const auto fits = std::count_if(large.begin(), large.end(), [&](const auto& each) {
    return selections.find(each->account, each->id, 3) != nullptr;
  });
  CHECK(fits == static_cast<int64_t>(large.size()) - 1);
  // What somebody works at stays, whoever wants room.
  {
    const std::lock_guard lock(small->mutex);
    small->at_work = true;
  }
  for (size_t i = 0; i < 2 * limits::kSelectionsMax; ++i) {
    selections.keep("many " + std::to_string(i), rows(1), 4);
  }
  CHECK(selections.find("zhao", small->id, 5));
}
