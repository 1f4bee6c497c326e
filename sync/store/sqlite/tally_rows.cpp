#include "sync/store/sqlite/tally_rows.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

namespace {

constexpr int64_t kTotalMax = INT64_MAX / 2;  // two of them can be added

}  // namespace

std::string axes_column(const Axes& axes) {
  boost::json::array out;
  for (const std::string& text : axes) out.emplace_back(text);
  return boost::json::serialize(out);
}

std::string sums_column(const Sums& sums) {
  std::vector<const Sum*> by_measure;
  for (const Sum& one : sums) {
    if (one.total != 0) by_measure.push_back(&one);
  }
  std::sort(by_measure.begin(), by_measure.end(),
            [](const Sum* a, const Sum* b) { return a->measure < b->measure; });
  std::string out = "{";
  for (const Sum* one : by_measure) {
    if (out.size() > 1) out += ',';
    out += boost::json::serialize(boost::json::string_view(one->measure)) + ':' +
           std::to_string(one->total);
  }
  return out + '}';
}

Axes parse_axes(std::string_view column) {
  try {
    const boost::json::value parsed = boost::json::parse(column);  // outlives the loop
    Axes out;
    for (const auto& text : parsed.as_array()) {
      out.emplace_back(text.as_string());
    }
    return out;
  } catch (const std::exception&) {
    throw StoreError(StoreError::Kind::kDamaged, "a count's axes don't read back");
  }
}

Sums parse_sums(std::string_view column) {
  try {
    // Read and written at each change: mostly without asking for memory.
    std::array<unsigned char, 1024> room;
    boost::json::monotonic_resource memory(room.data(), room.size());
    const boost::json::value parsed = boost::json::parse(column, &memory);  // outlives the loop
    Sums out;
    for (const auto& [measure, total] : parsed.as_object()) {
      const int64_t number = total.as_int64();
      if (number > kTotalMax || number < -kTotalMax) throw std::out_of_range("too large");
      out.add(measure, number);
    }
    return out;
  } catch (const std::exception&) {
    throw StoreError(StoreError::Kind::kDamaged, "a count's sums don't read back");
  }
}

}  // namespace sitelog
