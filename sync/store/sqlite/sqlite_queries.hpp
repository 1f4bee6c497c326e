#pragma once

#include "sync/store/queries.hpp"
#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

// Queries over a connection, which outlives it: the writing one, or one that only reads. What it
// sees is what the connection's transaction sees.
class SqliteQueries : public Queries {
 public:
  explicit SqliteQueries(Database& database);

  bool list_placed(const RecordFilter& filter, const std::optional<DeviceId>& held_by,
                   const PlacedSink& sink, int64_t* all = nullptr,
                   ListEnd* end = nullptr) const override;
  std::unique_ptr<ShownPieces> shown_pieces(const RecordFilter& filter) const override;
  int64_t count_records(const RecordFilter& filter, ListEnd* end = nullptr) const override;
  std::optional<TextSegment> gather_text(size_t most) const override;
  TextWaiting text_waiting() const override;
  std::map<BookCode, int64_t> count_by_unit(const RecordFilter& filter) const override;
  std::optional<RecordPlace> each_state(const RecordFilter& filter,
                                        const StateSink& sink) const override;
  void list_ids(const BookCode& unit, const std::string& form, int64_t after, const RecordId& least,
                const IdSink& sink) const override;
  void list_ids(int64_t after, const RecordId& least, const IdSink& sink) const override;
  int64_t last_number() const override;
  void list_touched(const std::vector<BookCode>& units, size_t most, StreamPositions& looked_at,
                    const std::function<void(const TouchedRecord&)>& sink) const override;
  std::vector<FoundRecord> find_records(const RecordsNamed& named, size_t most) const override;
  RecordPlace place_of(const FoundRecord& found) const override;
  boost::json::object record(const FoundRecord& found) const override;
  boost::json::object show_record(const FoundRecord& found, const DeviceId& headquarters,
                                  const std::optional<DeviceId>& held_by) const override;
  std::vector<int64_t> in_conflict(const Within& within,
                                   const RecordPlace& after = {}) const override;
  void list_conflicts(int64_t number, const LineSink& sink) const override;
  void list_quarantine(const Within& within, int64_t after, int64_t limit,
                       const NumberedSink& sink) const override;
  void list_devices(const std::vector<BookCode>& units, const LineSink& sink) const override;
  std::vector<KnownGrant> grants(const std::optional<DeviceId>& of) const override;
  std::vector<BookTally> tallies(const std::string& campaign) const override;
  std::vector<BookStatus> status(const DeviceId& device,
                                 const std::optional<DeviceId>& held_by) const override;
  std::optional<RecordState> record_state(const FoundRecord& named) const override;
  void each_unit(const std::function<void(const RecordState&)>& visit) const override;
  void each_account(
      const std::function<void(const BookCode&, const RecordState&)>& visit) const override;
  Hash state_digest(const BookCode& book) const override;
  void teach(Catalogue& catalogue, const DeviceId& headquarters) const override;
  RulesInForce rules() const override;
  std::optional<std::string> meta(const std::string& key) const override;

 private:
  Database& database_;
  mutable Statement ids_after_, last_number_;  // asked for with every record that is made
};

}  // namespace sitelog
