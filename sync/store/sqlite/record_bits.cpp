#include "sync/store/sqlite/record_bits.hpp"

#include <algorithm>
#include <bit>
#include <boost/endian/conversion.hpp>

namespace sitelog {

namespace {

constexpr size_t kWhole = kRecordsOfPage / 8;
constexpr size_t kNumber = sizeof(uint32_t);

const unsigned char* at(std::string_view bytes, size_t offset) {
  return reinterpret_cast<const unsigned char*>(bytes.data()) + offset;
}

}  // namespace

void PageBits::set(size_t place, bool to) {
  const uint64_t bit = uint64_t{1} << (place % 64);
  words[place / 64] = to ? words[place / 64] | bit : words[place / 64] & ~bit;
}

bool PageBits::none() const {
  return std::all_of(words.begin(), words.end(), [](uint64_t word) { return word == 0; });
}

std::string packed(const PageBits& bits) {
  size_t count = 0;
  for (const uint64_t word : bits.words) count += static_cast<size_t>(std::popcount(word));
  std::string out;
  if (2 * count < kWhole) {
    out.reserve(2 * count);
    for (size_t i = 0; i < bits.words.size(); ++i) {
      for (uint64_t word = bits.words[i]; word != 0; word &= word - 1) {
        const size_t place = 64 * i + static_cast<size_t>(std::countr_zero(word));
        out += static_cast<char>(place & 0xff);
        out += static_cast<char>(place >> 8);
      }
    }
    return out;
  }
  out.resize(kWhole);
  for (size_t i = 0; i < bits.words.size(); ++i) {
    boost::endian::store_little_u64(reinterpret_cast<unsigned char*>(&out[8 * i]), bits.words[i]);
  }
  return out;
}

std::optional<PageBits> unpacked_bits(std::string_view packed) {
  PageBits out;
  if (packed.size() == kWhole) {
    for (size_t i = 0; i < out.words.size(); ++i) {
      out.words[i] = boost::endian::load_little_u64(at(packed, 8 * i));
    }
    return out;
  }
  if (packed.size() > kWhole || packed.size() % 2 != 0) return std::nullopt;
  for (size_t i = 0; i < packed.size(); i += 2) {
    const size_t place = boost::endian::load_little_u16(at(packed, i));
    if (place >= kRecordsOfPage) return std::nullopt;
    out.set(place, true);
  }
  return out;
}

std::string packed(const ChunkNumbers& numbers, bool alike) {
  size_t count = numbers.size();
  while (count > 0 && numbers[count - 1] == 0) --count;
  if (alike && count > 0) {
    const uint32_t last = numbers[count - 1];
    const auto is_alike = [last](uint32_t number) { return number == 0 || number == last; };
    if (std::all_of(numbers.begin(), numbers.end(), is_alike)) {
      std::string out(kNumber, '\0');
      boost::endian::store_little_u32(reinterpret_cast<unsigned char*>(out.data()), last);
      return out;
    }
  }
  std::string out(kNumber * count, '\0');
  for (size_t i = 0; i < count; ++i) {
    boost::endian::store_little_u32(reinterpret_cast<unsigned char*>(&out[kNumber * i]),
                                    numbers[i]);
  }
  return out;
}

std::optional<ChunkNumbers> unpacked_numbers(std::string_view packed, bool alike) {
  ChunkNumbers out{};
  if (packed.size() % kNumber != 0 || packed.size() / kNumber > out.size()) return std::nullopt;
  for (size_t i = 0; i < packed.size() / kNumber; ++i) {
    out[i] = boost::endian::load_little_u32(at(packed, kNumber * i));
  }
  if (alike && packed.size() == kNumber) out.fill(out[0]);
  return out;
}

}  // namespace sitelog
