#include "sync/store/sqlite/stream_rows.hpp"

#include <algorithm>

namespace sitelog {

namespace {
const std::vector<StreamRow*> kNone;
}  // namespace

StreamRows::StreamRows(std::vector<StreamRow> rows) {
  for (StreamRow& row : rows) add(std::move(row));
  // Which of them grew last is not known any more.
  by_growth_.clear();
  for (StreamRow& row : rows_) {
    row.grown_at = entries_;
    by_growth_.emplace(entries_, &row);
  }
}

StreamRow& StreamRows::add(StreamRow row) {
  StreamRow& out = rows_.emplace_back(std::move(row));
  by_id_[out.id] = &out;
  by_stream_[out.key].push_back(&out);
  parting_[out.key][{out.fork_of.value_or(0), out.fork_number}].push_back(&out);
  ++of_device_[out.key.device];
  entries_ += out.entries();
  enter(out);
  return out;
}

void StreamRows::enter(StreamRow& row) {
  if (row.entries() > 0) {
    by_head_[name_of(row.head)] = &row;
    tips_.add(row.tip());
  }
  row.grown_at = entries_;
  by_growth_.emplace(row.grown_at, &row);
}

void StreamRows::grow(StreamRow& row, Sequence last, const Hash& head) {
  if (row.entries() > 0) {
    by_head_.erase(name_of(row.head));
    tips_.remove(row.tip());
  }
  by_growth_.erase({row.grown_at, &row});
  entries_ += last.value - row.last.value;
  row.last = last;
  row.head = head;
  enter(row);
}

StreamRow* StreamRows::find(int64_t id) {
  const auto at = by_id_.find(id);
  return at != by_id_.end() ? at->second : nullptr;
}

const std::vector<StreamRow*>& StreamRows::of(const StreamKey& stream) const {
  const auto at = by_stream_.find(stream);
  return at != by_stream_.end() ? at->second : kNone;
}

size_t StreamRows::of_device(const DeviceId& device) const {
  const auto at = of_device_.find(device);
  return at != of_device_.end() ? at->second : 0;
}

StreamRow* StreamRows::ending_with(const EntryName& name) const {
  const auto at = by_head_.find(name);
  return at != by_head_.end() ? at->second : nullptr;
}

const std::vector<StreamRow*>& StreamRows::parting(const StreamKey& stream, int64_t row,
                                                   Sequence number) const {
  const auto of_stream = parting_.find(stream);
  if (of_stream == parting_.end()) return kNone;
  const auto at = of_stream->second.find({row, number});
  return at != of_stream->second.end() ? at->second : kNone;
}

std::vector<const StreamRow*> StreamRows::grown(uint64_t entries) const {
  std::vector<const StreamRow*> out;
  for (auto at = by_growth_.lower_bound({entries + 1, nullptr}); at != by_growth_.end(); ++at) {
    out.push_back(at->second);
  }
  return out;
}

VersionVector StreamRows::vector() const {
  VersionVector out;
  out.reserve(rows_.size());
  for (const StreamRow& row : rows_) out.push_back(row.tip());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace sitelog
