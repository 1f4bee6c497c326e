#include "tests/support/test_device.hpp"

#include "sync/merge/forms.hpp"
#include "sync/store/verify.hpp"

namespace sitelog {

namespace {

SigningKey key_from(uint64_t seed) {
  std::array<uint8_t, 32> bytes{};
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(seed >> (8 * i));
  return SigningKey::from_seed(bytes);
}

}  // namespace

TestDevice::TestDevice(VirtualClock& clock, uint64_t seed, std::unique_ptr<Folder> folder)
    : clock_(clock),
      folder_(std::move(folder)),
      random_(seed),
      key_(key_from(seed)),
      headquarters_(key_.public_key()),
      catalogue_(std::make_unique<SmallCatalogue>()) {
  open();
}

TestDevice::TestDevice(VirtualClock& clock, uint64_t seed, const TestDevice& headquarters,
                       BookCode unit, std::unique_ptr<Folder> folder)
    : clock_(clock),
      folder_(std::move(folder)),
      random_(seed),
      key_(key_from(seed)),
      headquarters_(headquarters.key().public_key()),
      unit_(std::move(unit)),
      catalogue_(std::make_unique<SmallCatalogue>()) {
  open();
}

ClockReading TestDevice::now() const {
  return {{clock_.true_ms + clock_off_ms}, clock_.true_ms - 1'600'000'000'000, boot};
}

void TestDevice::open() {
  catalogue_ = std::make_unique<SmallCatalogue>();
  // Little is written in tests: every other device packs it all the same.
  const bool packs = key_.public_key().bytes[0] % 2 == 0;
  StoreOptions options;
  if (packs) options.packing = {600, 1500};
  options.rules = knows;
  options.streams_of_device_max = streams_of_device_max;
  options.most_of_device = most_of_device;
  options.space = space;
  auto opened = Store::open(
      database(), Owner{key_, headquarters_, headquarters_id(), standing(), agreement_key},
      *catalogue_, [this] { return random_(); }, options);
  if (!opened) throw std::runtime_error(describe(opened.refusal()));
  store_ = std::move(*opened);
  if (!folder_->loses_unsynced_writes()) store_->database().run("PRAGMA synchronous = OFF");
}

void TestDevice::use_agreement_key(const AgreementPublicKey& key) {
  agreement_key = key;
  reopen();
}

void TestDevice::reopen() {
  close();
  open();
}

std::string TestDevice::take_copy(const std::string& name) {
  folder_->copy(database(), folder_->file(name));
  return folder_->file(name);
}

void TestDevice::restore(const std::string& copy) {
  close();
  folder_->put_back(copy, database());
  open();
}

void TestDevice::clone_of(TestDevice& other) {
  key_ = other.key_;
  headquarters_ = other.headquarters_;
  unit_ = other.unit_;
  agreement_key = other.agreement_key;
  restore(other.take_copy("clone.db"));
}

Written TestDevice::write(const BookCode& book, const RecordId& record, const std::string& form,
                          const std::map<std::string, Value>& values, const std::string& person) {
  clock_.advance(1);
  return store_->transact([&] {
    const auto known = store_->state(book, record, form);
    const Entry entry = compose(known ? &*known : nullptr, record, form, values);
    auto written = store_->write(book, entry, now(), person);
    if (!written) throw std::runtime_error(describe(written.refusal()));
    return written->value_or(Written{});
  });
}

RecordId TestDevice::add_event(const std::string& title, std::map<std::string, Value> more) {
  const RecordId record = store_->new_record_id(now());
  more.emplace("title", title);
  write(unit_, record, "event", more);
  return record;
}

void TestDevice::edit_event(const RecordId& record, const std::string& field, const Value& value) {
  write(unit_, record, "event", {{field, value}});
}

std::optional<RecordState> TestDevice::event(const RecordId& record, const BookCode& book) {
  return store_->state(book.empty() ? unit_ : book, record, "event");
}

void TestDevice::grant(const TestDevice& site, const BookCode& unit) {
  write(unit, *RecordId::from(site.id().view()), std::string(kFormGrant),
        {{"key", site.key().public_key().hex()}, {"name", "a device"}, {"granted", clock_.true_ms}},
        "hq");
}

void TestDevice::revoke(const TestDevice& site, const BookCode& unit,
                        const std::vector<Tip>& kept) {
  write(unit, *RecordId::from(site.id().view()), std::string(kFormGrant),
        {{"revoked", revoked_value(kept, clock_.true_ms, "lost")}}, "hq");
}

void TestDevice::reinstate(const TestDevice& site, const BookCode& unit) {
  write(unit, *RecordId::from(site.id().view()), std::string(kFormGrant), {{"revoked", Value()}},
        "hq");
}

void TestDevice::set_rules(uint64_t number) {
  write(BookCode(kRootBook), rules_record(), std::string(kFormRules),
        rules_values(number, "Sitelog " + std::to_string(number)), "hq");
}

void TestDevice::set_policy(const BookCode& unit, const std::string& field,
                            const std::string& policy) {
  RecordId record;
  record.bytes.fill(7);
  write(unit, record, std::string(kFormPolicy), {{field, policy}}, "hq");
}

void TestDevice::set_campaign(const std::string& id, const std::string& counts,
                              const std::map<std::string, std::string>& policies) {
  RecordId record;
  record.bytes.fill(static_cast<uint8_t>(id.empty() ? 0 : id[0]));
  std::map<std::string, Value> values{{"id", id}, {"counts", counts}};
  for (const auto& [field, policy] : policies) values["policy." + field] = policy;
  write(BookCode(kRootBook), record, std::string(kFormCampaign), values, "hq");
}

std::string TestDevice::state_digest(const BookCode& book) {
  Statement select(store_->database(), "SELECT state_digest FROM books WHERE code = ?1");
  select.with(book);
  const Hash sum = select.step() ? select.fixed<Hash>(0) : Hash{};
  return told_digest(sum, store_->queries().rules().judged_by).hex();
}

int64_t TestDevice::count(const std::string& sql) {
  return Statement(store_->database(), sql).number_or(-1);
}

std::vector<std::string> TestDevice::column(const std::string& sql) {
  std::vector<std::string> out;
  Statement rows(store_->database(), sql);
  while (rows.step()) out.push_back(rows.text(0));
  return out;
}

std::string TestDevice::verified() {
  SmallCatalogue catalogue;
  const Verified verified = verify_store(
      database(), headquarters_, headquarters_id(), catalogue, [](const char*, int64_t) {}, *knows);
  std::string out;
  for (const Finding& finding : verified.findings) {
    out += finding.kind + ": " + finding.where + ": " + finding.what + "\n";
  }
  return out;
}

std::vector<std::string> entry_names(TestDevice& device, const BookCode& book) {
  return device.column(
      "SELECT lower(hex(name)) FROM entries JOIN streams ON stream_id ="
      " entry_id >> 40 JOIN books USING (book_id) WHERE code = '" +
      book + "' ORDER BY name");
}

std::vector<std::string> shown_of(TestDevice& device, const BookCode& book) {
  const std::string of_book = " JOIN books USING (book_id) WHERE code = '" + book + "'";
  std::vector<std::string> out;
  for (const std::string& sql :
       {"SELECT form || ' ' || lower(hex(record)) || ' ' ||"
        " document(first_entry, state) FROM records" +
            of_book + " AND first_entry IS NOT NULL ORDER BY record, form",
        "SELECT unpacked(conflict) FROM conflicts JOIN records USING (record_id)" + of_book +
            " ORDER BY record, field",
        "SELECT lower(hex(name)) || ' ' || reason FROM quarantine JOIN entries USING (entry_id)"
        " JOIN streams ON stream_id = entry_id >> 40" +
            of_book + " ORDER BY name",
        "SELECT campaign || ' ' || review || ' ' || axes || ' ' || key || ' ' || value"
        " FROM tallies, json_each(sums)" +
            of_book + " ORDER BY 1"}) {
    for (auto& line : device.column(sql)) out.push_back(std::move(line));
  }
  return out;
}

}  // namespace sitelog
