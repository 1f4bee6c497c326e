#include "sync/store/sqlite/unfiled_records.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <functional>

#include "sync/store/sqlite/record_traits.hpp"

namespace sitelog {

namespace {

constexpr size_t kNumbers = 2 * sizeof(uint32_t);
constexpr size_t kTrait = sizeof(Trait);

std::optional<Sought> sought_in(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  auto out = unpacked_sought(row.view(column));
  if (!out) raise_traits_damaged();
  return out;
}

}  // namespace

std::string packed(const Sought& sought) {
  std::string out(kNumbers + kTrait * sought.traits.size(), '\0');
  auto* at = reinterpret_cast<unsigned char*>(out.data());
  boost::endian::store_little_u32(at, sought.day);
  boost::endian::store_little_u32(at + sizeof(uint32_t), sought.changed);
  at += kNumbers;
  for (const Trait trait : sought.traits) {
    boost::endian::store_little_s64(at, trait);
    at += kTrait;
  }
  return out;
}

std::optional<Sought> unpacked_sought(std::string_view packed) {
  if (packed.size() < kNumbers || (packed.size() - kNumbers) % kTrait != 0) return std::nullopt;
  const auto* at = reinterpret_cast<const unsigned char*>(packed.data());
  Sought out;
  out.day = boost::endian::load_little_u32(at);
  out.changed = boost::endian::load_little_u32(at + sizeof(uint32_t));
  out.traits.reserve((packed.size() - kNumbers) / kTrait);
  for (size_t place = kNumbers; place < packed.size(); place += kTrait) {
    out.traits.push_back(boost::endian::load_little_s64(at + place));
  }
  const bool ascending = std::adjacent_find(out.traits.begin(), out.traits.end(),
                                            std::greater_equal<>()) == out.traits.end();
  return ascending ? std::optional(std::move(out)) : std::nullopt;
}

std::vector<UnfiledRecord> read_unfiled(Database& database, int64_t first, int64_t end) {
  Statement rows(database,
                 "SELECT record_id, book_id, filed, now FROM unfiled"
                 " WHERE record_id >= ?1 AND record_id < ?2 ORDER BY record_id");
  rows.with(first, end);
  std::vector<UnfiledRecord> out;
  while (rows.step()) {
    out.push_back({rows.number(0), rows.number(1), sought_in(rows, 2), sought_in(rows, 3)});
  }
  return out;
}

}  // namespace sitelog
