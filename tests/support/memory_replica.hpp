#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sync/ledger/crypto.hpp"
#include "sync/merge/merge_work.hpp"
#include "sync/session/replica.hpp"
#include "tests/support/memory_shelf.hpp"
#include "tests/support/small_catalogue.hpp"

namespace sitelog {

// A replica in memory, for tests: checks chains and signatures and merges as a real one does, on a
// MemoryShelf. Whom it serves does not follow from grants. One thread, the work queue's.
class MemoryReplica : public Replica {
 public:
  // Headquarters where `key` is the authority's. Holds `books`, and speaks with a peer of those
  // that it may carry.
  MemoryReplica(SigningKey key, const PublicKey& authority, std::vector<BookCode> books);

  // Writes one entry into this device's own stream of a book.
  void write(const BookCode& book, std::string entry);
  std::vector<std::string> entries(const BookCode& book, const StreamKey& stream) const;
  StreamKey own_stream() const { return {key_.device(), Epoch{1}}; }
  // From now on this peer is refused.
  void revoke(DeviceId device) { revoked_.insert(device); }
  // From now on this device's streams are refused (kNoGrant).
  void refuse_streams_of(DeviceId device) { unwanted_.insert(device); }
  // From now on this device is shown nothing, and no more is until it is let in.
  void keep_from_reading(DeviceId device) { kept_out_.insert(device); }
  void let_read(DeviceId device) { kept_out_.erase(device); }
  // The books that hold more than at the last call.
  std::set<BookCode> take_changed() { return std::exchange(changed_, {}); }
  // What the peer last said it holds durably, of this device's own stream.
  Sequence own_held_by_peer(const BookCode& book) const;
  // The same of headquarters, by the receipts that it signed, whoever brought them.
  Sequence own_held_by_headquarters(const BookCode& book) const;
  std::optional<Instant> last_contact() const { return contact_; }
  // What a site says of its agreement key; of a device whose key is known (`peer_key`),
  // headquarters keeps what it rightly signed.
  std::optional<AgreementClaim> own_claim;
  std::optional<PublicKey> peer_key;
  std::optional<AgreementPublicKey> kept_agreement_key;

  // What is merged of a book, and of what.
  const MemoryShelf::Book& book(const BookCode& code);
  std::optional<RecordState> state(const BookCode& book, const RecordId& record,
                                   const std::string& form);
  // The merge of a record's whole history.
  std::optional<RecordState> merged(const BookCode& book, const RecordId& record,
                                    const std::string& form);
  // Merges what came so far.
  void flush();
  Result<bool> erase(const BookCode& book, const EntryPlace& entry) {
    return work_->erase(book, entry);
  }

  // Copies for undoing a transaction.
  struct Snapshot;
  std::shared_ptr<const Snapshot> snapshot();
  void restore(const Snapshot& snapshot);

  DeviceId authority() const override { return device_of(authority_); }
  Result<std::vector<BookCode>> scope(const Peer& peer) override;
  std::optional<Refusal> refuse_reading(const Peer& peer) override;
  VersionVector vector(const BookCode& book) const override;
  const TipTree& tip_tree(const BookCode& book) const override;
  Hash digest(const BookCode& book) const override;
  uint64_t count(const BookCode& book) const override;
  std::vector<StreamKey> grown(const BookCode& book, uint64_t count) const override;
  VersionVector tips(const BookCode& book, const StreamKey& stream) const override;
  bool holds(const BookCode& book, const StreamKey& stream, const Mark& mark) const override;
  bool climb(const BookCode& book, const StreamKey& stream, const Mark& mark,
             const std::function<bool(const Segment&)>& visit) const override;
  Mark mark_at(const BookCode& book, const Tip& tip, Sequence number) const override;
  std::vector<Mark> samples(const BookCode& book, const Tip& tip) const override;
  Batch read(const BookCode& book, const Tip& tip, Sequence after) override;
  Result<Tip> append(const Peer& from, const Batch& batch, const ClockReading& now) override;
  Receipt receipt(const BookCode& book, const VersionVector& tips, Instant wall) override;
  void peer_holds(const Peer& peer, const BookCode& book, const VersionVector& tips,
                  Instant wall) override;
  Word take_receipt(const Peer& peer, const Receipt& receipt) override;
  std::vector<Receipt> receipts(const BookCode& book, const DeviceId& author) override;
  std::optional<Instant> time_to_tell(const ClockReading& now) override { return now.wall; }
  void contact(const Peer& peer, const ClockReading& now,
               std::optional<Instant> true_wall) override;
  std::optional<AgreementClaim> agreement_claim() override { return own_claim; }
  Result<> keep_agreement_key(const Peer& peer, const AgreementClaim& claim,
                              const ClockReading& now) override;

 private:
  using Held = MemoryShelf::Held;

  bool is_authority() const { return key_.public_key() == authority_; }
  HeadquartersId headquarters_id() const { return sitelog::headquarters_id(authority_, {}); }
  static Tip tip_of(const Held& entry);
  void keep(const BookCode& book, Held entry);
  Result<Hash> base_of(const Batch& batch) const;
  const std::map<StreamKey, VersionVector>& by_stream(const BookCode& book) const;

  SigningKey key_;
  PublicKey authority_;
  NoHelpers helpers_;
  SmallCatalogue catalogue_;
  MemoryShelf shelf_;
  std::unique_ptr<MergeWork> work_;
  std::map<EntryName, Signature> signatures_;  // once made, good for ever
  std::set<DeviceId> revoked_;
  std::set<DeviceId> unwanted_;
  std::set<DeviceId> kept_out_;
  std::set<BookCode> changed_;
  // The tips, as they were when so many entries were held.
  mutable std::map<BookCode, std::pair<uint64_t, std::map<StreamKey, VersionVector>>> by_stream_;
  mutable std::map<BookCode, std::pair<uint64_t, TipTree>> trees_;  // of as many entries
  std::map<BookCode, Sequence> held_by_peer_;
  std::optional<Instant> contact_;
  std::vector<Receipt> receipts_;  // headquarters'
};

}  // namespace sitelog
