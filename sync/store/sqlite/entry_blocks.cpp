#include "sync/store/sqlite/entry_blocks.hpp"

#include <zstd.h>

#include "sync/ledger/result.hpp"

namespace sitelog {

namespace {

// Measured on events with Chinese descriptions: level 3 gains 2 % over this and takes a quarter
// longer.
constexpr int kLevel = 2;
constexpr size_t kBlocksKept = 24;

}  // namespace

Packer::Packer() : packing_(ZSTD_createCCtx()), unpacking_(ZSTD_createDCtx()) {
  ZSTD_CCtx_setParameter(packing_, ZSTD_c_compressionLevel, kLevel);
  // A flipped bit is seen before the hashes are asked.
  ZSTD_CCtx_setParameter(packing_, ZSTD_c_checksumFlag, 1);
}

Packer::~Packer() {
  ZSTD_freeCCtx(packing_);
  ZSTD_freeDCtx(unpacking_);
}

std::string Packer::pack(std::string_view plain, std::string_view like) {
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  if (!like.empty()) ZSTD_CCtx_refPrefix(packing_, like.data(), like.size());
  const size_t size = ZSTD_compress2(packing_, out.data(), out.size(), plain.data(), plain.size());
  SITELOG_ASSERT(!ZSTD_isError(size));
  out.resize(size);
  return out;
}

std::optional<std::string> Packer::unpack(std::string_view packed, std::string_view like) {
  const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size > Packer::kMax) return std::nullopt;  // unknown and error are larger still
  std::string out(size, '\0');
  if (!like.empty()) ZSTD_DCtx_refPrefix(unpacking_, like.data(), like.size());
  const size_t got =
      ZSTD_decompressDCtx(unpacking_, out.data(), out.size(), packed.data(), packed.size());
  if (ZSTD_isError(got)) ZSTD_DCtx_reset(unpacking_, ZSTD_reset_session_and_parameters);
  if (ZSTD_isError(got) || got != size) return std::nullopt;
  return out;
}

std::string join_entries(const std::vector<std::string_view>& entries) {
  std::string out;
  for (const std::string_view entry : entries) {
    for (size_t i = 0; i < kBytesBesideEntry; ++i) {
      out += static_cast<char>(entry.size() >> (8 * i) & 0xff);
    }
  }
  for (const std::string_view entry : entries) out += entry;
  return out;
}

std::optional<std::vector<std::string_view>> split_entries(std::string_view joined, size_t count) {
  if (count > joined.size() / kBytesBesideEntry) return std::nullopt;
  std::vector<std::string_view> out;
  out.reserve(count);
  size_t at = count * kBytesBesideEntry;
  for (size_t i = 0; i < count; ++i) {
    size_t length = 0;
    for (size_t k = kBytesBesideEntry; k-- > 0;) {
      length = length << 8 | static_cast<uint8_t>(joined[i * kBytesBesideEntry + k]);
    }
    if (length > joined.size() - at) return std::nullopt;
    out.push_back(joined.substr(at, length));
    at += length;
  }
  if (at != joined.size()) return std::nullopt;
  return out;
}

const std::string_view* BlockReader::find(int64_t entry_id) {
  const Block* block = load(entry_id);
  if (block == nullptr) return nullptr;
  return &block->entries[static_cast<size_t>(entry_id - block->first)];
}

void BlockReader::forget(int64_t first_entry) {
  const auto at = by_first_.find(first_entry);
  if (at == by_first_.end()) return;
  blocks_.erase(at->second);
  by_first_.erase(at);
}

const BlockReader::Block* BlockReader::load(int64_t entry_id) {
  const auto holds = [&](const Block& block) {
    return entry_id >= block.first &&
           entry_id - block.first < static_cast<int64_t>(block.entries.size());
  };
  if (const auto after = by_first_.upper_bound(entry_id); after != by_first_.begin()) {
    const auto at = std::prev(after)->second;
    if (holds(*at)) {
      blocks_.splice(blocks_.begin(), blocks_, at);
      return &blocks_.front();
    }
  }
  if (!select_) {
    select_.emplace(database_,
                    "SELECT first_entry, entries, packed FROM blocks WHERE first_entry <= ?1"
                    " ORDER BY first_entry DESC LIMIT 1");
  }
  select_->with(entry_id);
  if (!select_->step()) return nullptr;
  Block block;
  block.first = select_->number(0);
  const int64_t count = select_->number(1);
  auto joined = packer_.unpack(select_->view(2));
  select_->restart();
  if (!joined || count < 0) return nullptr;
  block.joined = std::move(*joined);
  blocks_.push_front(std::move(block));
  Block& kept = blocks_.front();
  auto entries = split_entries(kept.joined, static_cast<size_t>(count));
  if (entries) kept.entries = std::move(*entries);
  if (!entries || !holds(kept) || by_first_.contains(kept.first)) {
    blocks_.pop_front();
    return nullptr;
  }
  by_first_[kept.first] = blocks_.begin();
  if (blocks_.size() > kBlocksKept) {
    by_first_.erase(blocks_.back().first);
    blocks_.pop_back();
  }
  return &kept;
}

}  // namespace sitelog
