#pragma once

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

// Running counts. What the axes and the measures of a campaign mean is its own to say
// (campaign/counts.hpp): here numbers of one measure are added up under equal keys.
namespace sitelog {

using Axes = boost::container::small_vector<std::string, 2>;

// What is counted together.
struct TallyKey {
  std::string campaign;
  std::string review;  // pending, returned, accepted, refused: as the record stands
  Axes axes;           // what the record says of each of the campaign's axes, in their order
  bool operator==(const TallyKey&) const = default;
  // By the axes first: they tell most of a book's apart, and each record's is looked up.
  std::strong_ordering operator<=>(const TallyKey& other) const {
    for (size_t i = 0; i < std::min(axes.size(), other.axes.size()); ++i) {
      if (const auto order = axes[i] <=> other.axes[i]; order != 0) return order;
    }
    if (const auto order = axes.size() <=> other.axes.size(); order != 0) return order;
    if (const auto order = review <=> other.review; order != 0) return order;
    return campaign <=> other.campaign;
  }
};

struct Sum {
  std::string measure;
  int64_t total = 0;
  bool operator==(const Sum&) const = default;
};

// Each measure once.
class Sums {
 public:
  Sums() = default;
  Sums(std::initializer_list<Sum> all) : all_(all) {}

  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }
  int64_t total(std::string_view measure) const {
    const auto at = find(measure);
    return at != all_.end() ? at->total : 0;
  }
  void add(std::string_view measure, int64_t number) {
    const auto at = find(measure);
    if (at != all_.end()) {
      all_[static_cast<size_t>(at - all_.begin())].total += number;
    } else {
      all_.push_back({std::string(measure), number});
    }
  }
  // Adds `more`, `times` times.
  void add(const Sums& more, int64_t times = 1) {
    for (const auto& [measure, number] : more) add(measure, times * number);
  }
  bool all_zero() const {
    return std::all_of(all_.begin(), all_.end(), [](const Sum& one) { return one.total == 0; });
  }
  bool operator==(const Sums&) const = default;

 private:
  boost::container::small_vector<Sum, 3>::const_iterator find(std::string_view measure) const {
    return std::find_if(all_.begin(), all_.end(),
                        [&](const Sum& known) { return known.measure == measure; });
  }
  boost::container::small_vector<Sum, 3> all_;
};

// What one record adds to the counts of its unit, or what several come to.
struct Tally {
  TallyKey key;
  Sums sums;
  bool operator==(const Tally&) const = default;
};

}  // namespace sitelog
