#include "bench/world.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "campaign/campaign_catalogue.hpp"
#include "engine/authoring.hpp"
#include "sync/link/certificate.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog::bench {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr size_t kRecordsInOneCommit = 500;

std::string unit_code(size_t number) {
  const std::string digits = std::to_string(number);
  return "place-" + std::string(digits.size() < 2 ? 1 : 0, '0') + digits;
}

std::string units_csv(const std::vector<BookCode>& more) {
  std::string out = "code,name,parent,kind,level\ncity,全市总工会,,federation,city\n";
  for (size_t i = 0; i < workload_units().size(); ++i) {
    out += unit_code(i + 1) + "," + workload_units()[i] + ",city,federation,county\n";
  }
  for (const BookCode& code : more) out += code + "," + code + ",city,mine,grassroots\n";
  return out;
}

void operate(Headquarters& headquarters, const std::string& name, const json::object& args) {
  OperationIo io;
  std::string said;
  io.line = [&said](const json::object& line) { said += json::serialize(line); };
  const auto done =
      call_operation(headquarters_operations(&headquarters), bench_caller(), name, args, io);
  if (!done) throw BenchError(describe(done.refusal()) + said);
}

Author bench_author(const Engine& engine) {
  return {engine.identity().name, read_clock(), today()};
}

RawInput input_of(const json::object& fields) {
  RawInput out;
  for (const auto& [name, value] : fields) out.emplace(std::string(name), value);
  return out;
}

json::value value_of(size_t field, const std::string& text) {
  return is_integer(field) ? json::value(std::stoll(text)) : json::value(text);
}

Written need_written(const Result<Saved>& saved) {
  if (!saved) throw BenchError(describe(saved.refusal()));
  if (!saved->problems.empty()) {
    throw BenchError(saved->problems.front().field + ": " +
                     describe(saved->problems.front().refusal));
  }
  return saved->written.value_or(Written{});
}

void create_site_folder(const std::string& path, const Identity& identity) {
  const DataFolder folder = need(DataFolder::create(path, "bench"));
  folder.write("device.key", identity.key.to_pem());
  folder.write("agreement.key", identity.agreement_key->to_pem());
  CampaignCatalogue catalogue;
  auto store = need(Store::open(folder.database(), identity.owner(), catalogue, random_number));
  store->transact([&] {
    store->take_on({BookCode(kRootBook), identity.unit()});
    return Done{};
  });
  save_identity(folder, identity);
}

}  // namespace

Caller bench_caller() {
  return owner_of_folder(Language::kEnglish, {});
}

BookCode unit_of(const Put& record) {
  const auto& names = workload_units();
  const auto at = std::find(names.begin(), names.end(), record[kUnit]);
  return unit_code(static_cast<size_t>(at - names.begin()) + 1);
}

std::vector<BookCode> all_units() {
  std::vector<BookCode> out;
  for (size_t i = 1; i <= workload_units().size(); ++i) out.push_back(unit_code(i));
  out.emplace_back(kCity);
  return out;
}

void create_home(const std::string& folder, const std::vector<BookCode>& more) {
  need(create_headquarters(folder, "全市总工会"));
  const auto headquarters = open_home(folder);
  operate(*headquarters, "units.import", {{"content", units_csv(more)}, {"file", "units.csv"}});
  const auto definition = read_file(SITELOG_SOURCE_DIR "/bench/campaign.toml");
  if (!definition) throw BenchError("bench/campaign.toml is not there");
  operate(*headquarters, "campaign.publish", {{"content", *definition}, {"file", "campaign.toml"}});
}

std::vector<Identity> enrol_identities(Headquarters& headquarters,
                                       const std::vector<BookCode>& units) {
  const Identity& home = headquarters.engine->identity();
  std::vector<Identity> out;
  for (const BookCode& unit : units) {
    const SigningKey key = SigningKey::from_seed(random_bytes<KeySeed>());
    const auto certificate = need(headquarters.authority.issue_site(key.public_key(), unit));
    out.push_back({.key = key,
                   .agreement_key = AgreementKey::from_random(random_bytes<AgreementKey::Random>()),
                   .standing = Standing::device(unit),
                   .name = "tablet",
                   .headquarters = home.headquarters,
                   .headquarters_name = home.name,
                   .certificate = certificate.der(),
                   .authority = home.authority,
                   .addresses = {}});
  }
  headquarters.engine->call([&](Store& store, const CampaignCatalogue&) {
    for (const Identity& identity : out) {
      const ClockReading now = read_clock();
      const RecordId record = *RecordId::from(identity.device().view());
      const Entry entry = compose(
          nullptr, record, std::string(kFormGrant),
          {{"key", Value(identity.key.public_key().hex())},
           {std::string(kFieldAgreementKey), Value(identity.agreement_key->public_key().hex())},
           {"name", Value(identity.name)},
           {"granted", Value(now.wall.ms)}});
      need(store.write(identity.unit(), entry, now, {}));
    }
    return Done{};
  });
  return out;
}

void enrol_sites(const std::string& home, const std::vector<NewSite>& sites) {
  std::vector<BookCode> units;
  for (const NewSite& site : sites) units.push_back(site.unit);
  const auto headquarters = open_home(home);
  const auto identities = enrol_identities(*headquarters, units);
  for (size_t i = 0; i < sites.size(); ++i) create_site_folder(sites[i].folder, identities[i]);
}

std::unique_ptr<Site> open_site_at(const std::string& folder) {
  return need(open_site(folder, "bench", 5000));
}

std::unique_ptr<Headquarters> open_home(const std::string& folder) {
  return need(open_headquarters(folder, "bench", 5000));
}

json::object fields_of(const Put& record) {
  json::object out;
  for (size_t field = kKind; field < kFieldCount; ++field) {
    out[kFieldNames[field]] = value_of(field, record[field]);
  }
  return out;
}

std::vector<RecordId> record_on(Engine& engine, const std::vector<Put>& records) {
  std::vector<RecordId> out;
  for (size_t from = 0; from < records.size(); from += kRecordsInOneCommit) {
    const size_t to = std::min(records.size(), from + kRecordsInOneCommit);
    const Author author = bench_author(engine);
    engine.call([&](Store& store, const CampaignCatalogue& catalogue) {
      for (size_t i = from; i < to; ++i) {
        const auto saved = save_record(
            store, catalogue, engine.identity().unit(),
            NewRecord{kCampaign, "event", input_of(fields_of(records[i])), {}}, author, nullptr);
        need_written(saved);
        out.push_back(saved->record);
      }
      return Done{};
    });
  }
  return out;
}

void edit_on(Engine& engine, const std::vector<EditOf>& edits) {
  const Author author = bench_author(engine);
  engine.call([&](Store& store, const CampaignCatalogue& catalogue) {
    for (const EditOf& each : edits) {
      RawInput input;
      for (const auto& [field, value] : each.edit.set) {
        if (field != kDevice) input.emplace(kFieldNames[field], value_of(field, value));
      }
      const FoundRecord found{each.unit, each.record, "event"};
      need_written(save_edit(store, catalogue, found, input, author, true));
    }
    return Done{};
  });
}

void change_on(Engine& engine, const std::vector<RecordId>& known, size_t new_records, size_t edits,
               uint32_t seed) {
  Generator generator(seed);
  std::vector<Put> records;
  for (size_t i = 0; i < new_records; ++i) records.push_back(generator.record());
  record_on(engine, records);
  std::vector<EditOf> changed;
  for (size_t i = 0; i < edits; ++i) {
    changed.push_back({engine.identity().unit(), known.at(i), generator.edit(generator.record())});
  }
  edit_on(engine, changed);
}

SyncOutcome sync_site(Engine& engine, const std::string& address) {
  SyncOutcome out = sync_now(engine, address, {}, {});
  if (out.failure) throw BenchError(describe(*out.failure));
  if (!out.caught_up) throw BenchError("a sync ended without being caught up");
  return out;
}

std::vector<Put> records_of(size_t count, uint32_t seed) {
  Generator generator(seed);
  std::vector<Put> out;
  out.reserve(count);
  while (out.size() < count) out.push_back(generator.record());
  return out;
}

void copy_folder(const std::string& from, const std::string& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
  const int folder = ::open(to.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ::syncfs(folder);
  ::close(folder);
}

double bytes_of(const std::string& folder) {
  double out = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) out += static_cast<double>(entry.file_size());
  }
  return out;
}

}  // namespace sitelog::bench
