#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "sync/session/message.hpp"
#include "sync/store/asked_write.hpp"
#include "sync/store/clock_watch.hpp"
#include "sync/store/sqlite/meta_table.hpp"
#include "sync/store/sqlite/query_parts.hpp"
#include "sync/store/sqlite/text_search.hpp"
#include "sync/store/sqlite/verify_report.hpp"

namespace sitelog {

namespace {

namespace json = boost::json;

constexpr size_t kFindingsMax = 1000;

// What to do, by what is damaged.
constexpr const char* kStopUsing = N_(
    "copy the whole folder to a safe place and stop using it; then follow docs/recovery.md: what "
    "headquarters acknowledged is at headquarters");
constexpr const char* kMadeAnew =
    N_("the entries this is made from are whole: sync them, then go on in a new folder as "
       "docs/recovery.md says");
constexpr const char* kSyncAgain = N_("sync, which says this anew, and verify once more");
constexpr const char* kInviteAgain = N_("make a new invitation instead of this one");

template <class Integer>
bool is_number(std::string_view text) {
  Integer out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && std::to_string(out) == text;
}

class KeptVerifier : private KeptTables {
 public:
  explicit KeptVerifier(const KeptTables& tables) : KeptTables(tables) {}

  void run() {
    report.guarded([&] { check_held(); });
    report.guarded([&] { check_receipts(); });
    report.guarded([&] { check_peers(); });
    report.guarded([&] { check_invitations(); });
    report.guarded([&] { check_settings(); });
  }

 private:
  Where in_row(const StreamRow& row) { return in_stream(streams.book_code(row.book_id), row.key); }

  void check_held() {
    Statement all(database,
                  "SELECT stream_id, number, device, EXISTS (SELECT 1 FROM peers"
                  " WHERE peers.device = acknowledgements.device) FROM acknowledgements");

    while (all.step()) {
      const StreamRow& row = streams.row(all.number(0));
      const auto number = static_cast<uint64_t>(all.number(1));
      if (number <= row.fork_number.value || number > row.last.value) {
        report.find("held", in_row(row), N_("a peer is said to hold what is not here"));
      }
      const auto device = all.fixed<DeviceId>(2);
      if (all.number(3) == 0 && device != device_of(headquarters) &&
          work.settings(streams.book_code(row.book_id)).grant(device) == nullptr) {
        report.find("held", in_row(row), N_("said to be held by a device that was never met"));
      }
    }
  }

  // A receipt counts only with headquarters' signature, for this stream and this far. One that
  // doesn't name headquarters was taken by an earlier build.
  void check_receipts() {
    Statement all(database, "SELECT stream_id, number, receipt FROM receipts");
    while (all.step()) {
      const StreamRow& row = streams.row(all.number(0));
      const BookCode& book = streams.book_code(row.book_id);
      const Sequence number{static_cast<uint64_t>(all.number(1))};
      const auto message = decode_message(as_bytes(all.view(2)));
      const auto* receipt = message ? std::get_if<Receipt>(&*message) : nullptr;
      const bool covers =
          receipt != nullptr && receipt->book == book && number > row.fork_number &&
          number <= row.last &&
          std::any_of(receipt->tips.begin(), receipt->tips.end(), [&](const Tip& tip) {
            return tip.stream == row.key && tip.number == number &&
                   streams.name_at(row.id, number) == name_of(tip.head);
          });
      if (!covers) {
        report.find("receipt", in_row(row), N_("the receipt kept is not for this stream"));
      } else if (!receipt->headquarters.is_zero() && receipt->headquarters != id) {
        report.find("receipt", in_row(row), N_("the receipt kept is another headquarters'"));
      } else if (!verify_signature(headquarters, as_bytes(receipt_message(*receipt)),
                                   receipt->signature) ||
                 encode(Message(*receipt)) != all.view(2)) {
        report.find("receipt", in_row(row), N_("the receipt kept is not signed by headquarters"));
      }
    }
  }

  void check_peers() {
    Statement all(database, "SELECT device FROM peers");
    while (all.step()) {
      if (!DeviceId::from(all.view(0))) {
        report.find("peer", of_device(all.view(0)), N_("not the id of a device"));
      }
    }
  }

  void check_invitations() {
    Statement all(database,
                  "SELECT secret_hash, unit, device, EXISTS (SELECT 1 FROM records"
                  " WHERE form = 'unit' AND state ->> '$.fields.code' = unit) FROM invitations");
    while (all.step()) {
      const Where at{N_("unit {}, invitation {}"), {all.text(1), to_hex(as_bytes(all.view(0)))}};
      const auto book = streams.find_book(all.text(1));
      if (!Hash::from(all.view(0)) || (all.number(3) == 0 && !book)) {
        report.find("invitation", at, N_("not for any unit"));
      } else if (!all.is_null(2)) {
        const auto device = DeviceId::from(all.view(2));
        if (!device || !book || work.settings(streams.book_code(*book)).grant(*device) == nullptr) {
          report.find("invitation", at, N_("used by a device that has no grant"));
        }
      }
    }
  }

  void check_settings() {
    Statement all(database, "SELECT key, value FROM meta");
    while (all.step()) {
      const std::string key = all.text(0);
      const std::string value = all.text(1);
      bool right = false;
      if (key.starts_with(kEpochOf)) {
        const auto book = streams.find_book(key.substr(kEpochOf.size()));
        const auto is_its = [&](const StreamRow& row) {
          return std::to_string(row.key.epoch.value) == value;
        };
        right = book && std::ranges::any_of(streams.rows(*book).all(), is_its);
      } else if (key.starts_with(kHybridOf)) {
        const size_t space = value.find(' ');
        right = space != value.npos && streams.find_book(key.substr(kHybridOf.size())) &&
                is_number<int64_t>(value.substr(0, space)) &&
                is_number<uint32_t>(value.substr(space + 1));
      } else if (key == kJudgedByKey) {
        right = is_number<uint64_t>(value);  // and the right one: see below
      } else if (key == kCountedByKey) {
        right = is_number<uint64_t>(value);  // whether by it, the counts show
      } else if (key == kTextUpToKey) {
        right = is_number<uint64_t>(value);  // whether up to there, the index of texts shows
      } else if (key == "clock_offset_ms") {
        right = is_number<int64_t>(value);
      } else if (key == kClockBeliefKey) {
        right = ClockBelief::readable(value);
      } else if (key.starts_with(kAskedKey)) {
        right = AskedWrite::parse(value).has_value();
      } else if (key == "last_sync") {
        boost::system::error_code error;
        json::parse(value, error);
        right = !error;
      }
      if (!right)
        report.find("setting", {N_("setting {}"), {key}}, N_("not what this version keeps"));
    }
    if (read_judged_by(database) != work.rules_to_follow()) {
      report.find("setting", {N_("setting {}"), {kJudgedByKey}}, N_("not what this version keeps"));
    }
  }
};

}  // namespace

const char* advice_for(std::string_view kind) {
  for (const char* made : {"record", "conflict", "quarantine", "tally", "digest", "count"}) {
    if (kind == made) return kMadeAnew;
  }
  for (const char* said : {"held", "receipt", "peer", "setting"}) {
    if (kind == said) return kSyncAgain;
  }
  return kind == "invitation" ? kInviteAgain : kStopUsing;
}

void VerifyReport::guarded(const std::function<void()>& check) {
  try {
    check();
  } catch (const StoreError& error) {
    // A shortage says nothing of the data.
    if (error.kind() == StoreError::Kind::kShortage) throw VerifyStopped{std::current_exception()};
    find("file", in_file(), error.what());
  } catch (const std::bad_alloc& error) {
    throw VerifyStopped{
        std::make_exception_ptr(StoreError(StoreError::Kind::kShortage, error.what()))};
  } catch (const std::exception& error) {
    find("file", in_file(), error.what());
  }
}

void VerifyReport::find(const char* kind, const Where& where, std::string what) {
  ++out_.findings_total;
  if (out_.findings.size() >= kFindingsMax) return;
  out_.findings.push_back({kind, fill(where.text, where.args), std::move(what), advice_for(kind),
                           where.text, where.args});
}

void VerifyReport::take(Verified&& other) {
  out_.findings_total += other.findings_total;
  for (Finding& finding : other.findings) {
    if (out_.findings.size() >= kFindingsMax) return;
    out_.findings.push_back(std::move(finding));
  }
}

void verify_kept(const KeptTables& tables) {
  KeptVerifier(tables).run();
}

}  // namespace sitelog
