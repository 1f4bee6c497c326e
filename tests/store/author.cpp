#include "tests/store/author.hpp"

namespace sitelog {

Author::Author(SigningKey key, BookCode book, uint64_t epoch)
    : key_(std::move(key)), book_(std::move(book)), stream_{key_.device(), {epoch}} {
  heads_.push_back(chain_start(book_, stream_));
}

Author Author::of(SigningKey key, const std::vector<Batch>& stream) {
  Author out(std::move(key), stream.at(0).book, stream.at(0).stream.epoch.value);
  for (const Batch& batch : stream) {
    for (const auto& bytes : batch.entries) out.write(bytes);
  }
  return out;
}

EntryName Author::write(std::string bytes) {
  heads_.push_back(chain_next(heads_.back(), as_bytes(bytes)));
  bytes_.push_back(std::move(bytes));
  return name_of(heads_.back());
}

EntryName Author::write(const Entry& entry) {
  auto bytes = encode(entry);
  SITELOG_ASSERT(static_cast<bool>(bytes));
  return write(std::move(*bytes));
}

Author Author::forked_at(uint64_t number) const {
  Author out = *this;
  out.bytes_.resize(number);
  out.heads_.resize(number + 1);
  return out;
}

Batch Author::batch(uint64_t first, uint64_t last) const {
  Batch out;
  out.book = book_;
  out.stream = stream_;
  out.key = key_.public_key();
  out.first = {first};
  if (first > 1) out.previous = name(first - 1);
  for (uint64_t n = first; n <= last; ++n) out.entries.push_back(bytes_.at(n - 1));
  out.signature = sign_head(key_, book_, tip(last));
  return out;
}

}  // namespace sitelog
