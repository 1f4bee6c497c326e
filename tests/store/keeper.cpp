#include "tests/store/keeper.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "sync/merge/forms.hpp"
#include "sync/merge/state_digest.hpp"
#include "tests/support/memory_replica.hpp"

namespace sitelog {

namespace {

class SqliteKeeper final : public Keeper {
 public:
  SqliteKeeper(VirtualClock& clock, uint64_t seed, const TestDevice& headquarters, BookCode unit)
      : site_(clock, seed, headquarters, std::move(unit)) {}

  Replica& replica() override { return site_.store(); }
  void transact(const std::function<void()>& change, bool keep) override {
    site_.store().begin();
    change();
    if (keep) return site_.store().commit();
    site_.store().flush();
    site_.store().rollback();
    reopen();
  }
  Result<bool> erase(const BookCode& book, const EntryPlace& entry) override {
    return site_.store().erase(book, entry);
  }
  void reopen() override { site_.reopen(); }
  size_t entries(const BookCode& book) override { return entry_names(site_, book).size(); }
  std::vector<std::string> shown(const BookCode& book) override { return shown_of(site_, book); }
  std::string state_digest(const BookCode& book) override { return site_.state_digest(book); }
  std::string verified() override { return site_.verified(); }

 private:
  TestDevice site_;
};

SigningKey key_of(uint64_t seed) {
  KeySeed bytes{};
  bytes[0] = static_cast<uint8_t>(seed);
  return SigningKey::from_seed(bytes);
}

class MemoryKeeper final : public Keeper {
 public:
  MemoryKeeper(uint64_t seed, const TestDevice& headquarters, const BookCode& unit)
      : replica_(key_of(seed), headquarters.headquarters(), {BookCode(kRootBook), unit}) {}

  Replica& replica() override { return replica_; }
  void transact(const std::function<void()>& change, bool keep) override {
    const auto before = replica_.snapshot();
    change();
    replica_.flush();
    if (!keep) replica_.restore(*before);
  }
  void reopen() override { replica_.restore(*replica_.snapshot()); }
  Result<bool> erase(const BookCode& book, const EntryPlace& entry) override {
    return replica_.erase(book, entry);
  }
  size_t entries(const BookCode& book) override { return replica_.count(book); }

  std::vector<std::string> shown(const BookCode& code) override {
    const MemoryShelf::Book& book = replica_.book(code);
    std::vector<std::string> out;
    for (const auto& [name, record] : in_order(book)) {
      if (!record->first) continue;
      out.push_back(name.second + " " + name.first.hex() + " " + document(code, name, *record));
    }
    for (const auto& [name, record] : in_order(book)) {
      for (const auto& [field, text] : record->conflicts) out.push_back(text);
    }
    for (const auto& [name, refusal] : book.quarantine) {
      out.push_back(name.hex() + " " + std::string(name_of(refusal->reason)));
    }
    std::vector<std::string> tallies;
    for (const auto& [key, totals] : book.tallies) {
      boost::json::array axes;
      for (const std::string& axis : key.axes) axes.emplace_back(axis);
      const std::string counted =
          key.campaign + " " + key.review + " " + boost::json::serialize(axes) + " ";
      for (const auto& [measure, total] : totals) {
        tallies.push_back(counted + measure + " " + std::to_string(total));
      }
    }
    std::sort(tallies.begin(), tallies.end());
    out.insert(out.end(), tallies.begin(), tallies.end());
    return out;
  }

  std::string state_digest(const BookCode& book) override {
    return replica_.book(book).state_digest.hex();
  }

  std::string verified() override {
    std::string out;
    for (const BookCode& code : books()) {
      const MemoryShelf::Book& book = replica_.book(code);
      Hash digest;
      int64_t merged_records = 0;
      for (const auto& [name, record] : book.records) {
        const auto merged = replica_.merged(code, name.first, name.second);
        if (merged.has_value() != record.first.has_value()) out += "record there or not\n";
        if (!merged || !record.first) continue;
        const StoredRecord right = to_stored(*merged, code);
        if (document(code, name, record) != right.state) out += "record is not its merge\n";
        if (!record.stored) {
          digest = add(digest, digest_of(name.first, name.second, record.first->name));
        } else {
          if (record.stored->heads != right.heads || record.stored->conflicts != right.conflicts) {
            out += "heads or conflicts are not those of the merge\n";
          }
          digest = add(digest, digest_of(name.first, name.second, right));
        }
        if (is_of_campaigns(name.second)) ++merged_records;
      }
      if (digest != book.state_digest) out += "state digest of " + code + "\n";
      if (merged_records != book.merged) out += "count of records of " + code + "\n";
    }
    return out;
  }

 private:
  using Name = std::pair<RecordId, std::string>;

  std::vector<BookCode> books() {
    std::vector<BookCode> out;
    const Peer headquarters{replica_.authority(), Standing::authority()};
    for (const BookCode& book : *replica_.scope(headquarters)) out.push_back(book);
    return out;
  }

  static std::vector<std::pair<Name, const MemoryShelf::Record*>> in_order(
      const MemoryShelf::Book& book) {
    std::vector<std::pair<Name, const MemoryShelf::Record*>> out;
    for (const auto& [name, record] : book.records) out.emplace_back(name, &record);
    return out;
  }

  std::string document(const BookCode& code, const Name& name, const MemoryShelf::Record& record) {
    if (record.stored) return record.stored->state;
    return document_of(*replica_.state(code, name.first, name.second));
  }

  MemoryReplica replica_;
};

}  // namespace

Result<Tip> Keeper::append(const Peer& from, const Batch& batch) {
  std::optional<Result<Tip>> out;
  transact([&] { out = replica().append(from, batch, {}); }, true);
  return *out;
}

std::unique_ptr<Keeper> make_keeper(Kind kind, VirtualClock& clock, uint64_t seed,
                                    const TestDevice& headquarters, const BookCode& unit) {
  if (kind == Kind::kMemory) return std::make_unique<MemoryKeeper>(seed, headquarters, unit);
  return std::make_unique<SqliteKeeper>(clock, seed, headquarters, unit);
}

std::vector<Batch> all_of(Replica& from, const BookCode& book) {
  std::vector<Batch> out;
  for (const Tip& tip : from.vector(book)) {
    for (uint64_t after = 0; after < tip.number.value;) {
      out.push_back(from.read(book, tip, {after}));
      after = out.back().last().value;
    }
  }
  return out;
}

}  // namespace sitelog
