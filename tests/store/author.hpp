#pragma once

#include <string>
#include <vector>

#include "sync/ledger/entry.hpp"
#include "sync/ledger/stream.hpp"

namespace sitelog {

// A device whose stream a test writes by hand: any bytes, signed wherever a batch is cut.
class Author {
 public:
  Author(SigningKey key, BookCode book, uint64_t epoch = 1);
  // Goes on where the batches of a stream end; `key` is its device's.
  static Author of(SigningKey key, const std::vector<Batch>& stream);

  EntryName write(std::string bytes);
  EntryName write(const Entry& entry);
  // A copy that parts from this one after `number`.
  Author forked_at(uint64_t number) const;

  uint64_t last() const { return bytes_.size(); }
  Tip tip(uint64_t number) const { return {stream_, {number}, heads_.at(number)}; }
  Tip tip() const { return tip(last()); }
  EntryName name(uint64_t number) const { return name_of(heads_.at(number)); }
  const std::vector<std::string>& bytes() const { return bytes_; }
  const StreamKey& stream() const { return stream_; }
  Batch batch(uint64_t first, uint64_t last) const;
  Batch all() const { return batch(1, last()); }

 private:
  SigningKey key_;
  BookCode book_;
  StreamKey stream_;
  std::vector<std::string> bytes_;
  std::vector<Hash> heads_;  // heads_[n] is hash(n)
};

}  // namespace sitelog
