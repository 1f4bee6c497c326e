#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/store/sqlite/sqlite.hpp"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

// Entries at rest. One that stands alone keeps its bytes in its row; a run of them is packed: their
// rows keep no bytes, and one row of `blocks` holds them all, compressed together. The text people
// write repeats itself, so a block takes about two fifths of what its entries do.
namespace sitelog {

// Packs what is kept in one SQLite file. Not for two threads.
class Packer {
 public:
  static constexpr size_t kMax = 16 * 1024 * 1024;  // bytes, unpacked

  Packer();
  ~Packer();
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  std::string pack(std::string_view plain) { return pack(plain, {}); }
  // `like` is what unpacking is given again: what `plain` repeats of it takes hardly any room.
  std::string pack(std::string_view plain, std::string_view like);
  // Nothing where the bytes are damaged or unfold to more than kMax.
  std::optional<std::string> unpack(std::string_view packed, std::string_view like = {});

 private:
  ZSTD_CCtx_s* packing_;
  ZSTD_DCtx_s* unpacking_;
};

// What an entry takes in a block beside its own bytes.
inline constexpr size_t kBytesBesideEntry = 4;

// Several entries as one text, and back; nothing where it is damaged.
std::string join_entries(const std::vector<std::string_view>& entries);
std::optional<std::vector<std::string_view>> split_entries(std::string_view joined, size_t count);

// Reads packed entries on one connection; keeps the blocks last used. A block never changes once
// it is written, but for entries that are erased: their rows say so, and nobody asks here for them.
class BlockReader {
 public:
  explicit BlockReader(Database& database) : database_(database) {}

  // The bytes of an entry whose row has none; null where they are missing or damaged. Valid until
  // the next call.
  const std::string_view* find(int64_t entry_id);
  // Keeps nothing any more of the block that begins with this entry.
  void forget(int64_t first_entry);
  Packer& packer() { return packer_; }

 private:
  struct Block {
    int64_t first = 0;
    std::string joined;
    std::vector<std::string_view> entries;
  };
  const Block* load(int64_t entry_id);

  Database& database_;
  std::optional<Statement> select_;  // made when first needed: the tables may not be there before
  Packer packer_;
  std::list<Block> blocks_;  // the one last used first
  std::map<int64_t, std::list<Block>::iterator> by_first_;
};

}  // namespace sitelog
