#include "engine/accounts/staff_books.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <tuple>

#include "campaign/looks.hpp"
#include "engine/identity.hpp"
#include "engine/system.hpp"
#include "sync/ledger/crypto.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr std::string_view kGrantPrefix = "grant.";
constexpr std::string_view kGrantInPrefix = "grant_in.";  // a campaign
constexpr size_t kDigestBytes = 16;                       // of a hash, where that is too long

Hash hash_of(std::string_view domain, std::initializer_list<std::string_view> parts) {
  Hasher out;
  out.add(domain);
  for (const std::string_view part : parts) out.add_sized(part);
  return out.finish();
}

std::string short_hex(const Hash& hash) {
  return hash.hex().substr(0, 2 * kDigestBytes);
}

RecordId account_record(const std::string& name) {
  return *RecordId::from(
      hash_of("sitelog account record 1\n", {name}).view().first(RecordId::kSize));
}

std::string grant_field(const RoleGrant& grant) {
  if (grant.campaign.empty()) {
    return std::string(kGrantPrefix) +
           short_hex(hash_of("sitelog account grant 1\n", {grant.role, grant.unit}));
  }
  return std::string(kGrantInPrefix) + short_hex(hash_of("sitelog account grant in 1\n",
                                                         {grant.role, grant.unit, grant.campaign}));
}

bool is_grant(std::string_view field) {
  return field.starts_with(kGrantPrefix) || field.starts_with(kGrantInPrefix);
}

Value value_of(const RoleGrant& grant) {
  Structure out{{"role", Value(grant.role)}, {"unit", Value(std::string(grant.unit))}};
  if (!grant.campaign.empty()) out["campaign"] = Value(grant.campaign);
  return Value(std::move(out));
}

// Where somebody who has these roles mostly works.
BookCode book_of(const Account& account) {
  const BookCode unit = account.roles.empty() || account.roles.front().unit.empty()
                            ? BookCode(kRootBook)
                            : account.roles.front().unit;
  BookCode out = std::string(kStaffBooks) + unit;
  if (out.size() <= limits::kBookCodeBytesMax) return out;
  return std::string(kStaffBooks) + short_hex(hash_of("sitelog staff book 1\n", {unit}));
}

// What is not said otherwise is cleared: `before` is what the record says now.
std::map<std::string, Value> fields_of(const Account& account, const RecordState* before) {
  std::map<std::string, Value> out{{"name", Value(account.name)},
                                   {"added", Value(account.added_ms)},
                                   {"disabled", account.disabled ? Value(true) : Value()}};
  if (before != nullptr) {
    for (const auto& [field, state] : before->fields) {
      if (is_grant(field)) out.emplace(field, Value());
    }
  }
  for (const RoleGrant& grant : account.roles) {
    out[grant_field(grant)] = value_of(grant);
  }
  return out;
}

std::optional<RoleGrant> grant_from(const Value& value) {
  const Structure* said = value.structure();
  if (said == nullptr) return std::nullopt;
  const auto text = [said](const char* member) {
    const auto at = said->find(member);
    const std::string* out = at != said->end() ? at->second.text() : nullptr;
    return out != nullptr ? *out : std::string();
  };
  RoleGrant out{text("role"), BookCode(text("unit")), text("campaign")};
  return out.role.empty() ? std::nullopt : std::optional(std::move(out));
}

void sort_roles(Account& account) {
  std::ranges::sort(account.roles, {}, [](const RoleGrant& grant) {
    return std::tuple(grant.unit, grant.role, grant.campaign);
  });
}

Account account_from(const RecordState& record) {
  const Value* disabled = record.shown("disabled");
  Account out{.name = record.text("name"),
              .disabled = disabled != nullptr && !disabled->is_cleared(),
              .added_ms = record.integer("added")};
  for (const auto& [field, state] : record.fields) {
    const Value* shown = record.shown(field);
    if (!is_grant(field) || shown == nullptr) continue;
    auto grant = grant_from(*shown);
    if (grant && field == grant_field(*grant)) out.roles.push_back(*std::move(grant));
  }
  sort_roles(out);
  return out;
}

// Of one name in two books all that either says holds, and it is let in where both let it.
void merge(Account& into, const Account& other) {
  for (const RoleGrant& grant : other.roles) {
    if (std::ranges::find(into.roles, grant) == into.roles.end()) into.roles.push_back(grant);
  }
  sort_roles(into);
  into.disabled = into.disabled || other.disabled;
}

// What each of the books is to say for them to say this together: what one says already stays where
// it is, so that a role which is taken is taken in all of them.
template <class Said>
void share_out(const Account& account, std::vector<Said>& books) {
  std::vector<RoleGrant> nowhere = account.roles;
  for (Said& each : books) {
    std::erase_if(each.account.roles, [&](const RoleGrant& grant) {
      return std::ranges::find(account.roles, grant) == account.roles.end();
    });
    for (const RoleGrant& grant : each.account.roles) std::erase(nowhere, grant);
    each.account.disabled = account.disabled;
  }
  auto& first = books.front().account;
  first.roles.insert(first.roles.end(), nowhere.begin(), nowhere.end());
}

// Throws where it is not as builds before wrote it.
std::vector<Account> from_old_file(const std::string& text) {
  std::vector<Account> out;
  const json::value whole = json::parse(text);
  for (const auto& each : whole.at("accounts").as_array()) {
    Account account{.name = std::string(each.at("account").as_string()),
                    .disabled = each.at("disabled").as_bool(),
                    .added_ms = each.at("added").to_number<int64_t>()};
    for (const auto& role : each.at("roles").as_array()) {
      account.roles.push_back(
          {std::string(role.at("role").as_string()), BookCode(role.at("unit").as_string())});
    }
    out.push_back(std::move(account));
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<StaffBooks>> StaffBooks::open(Engine& engine) {
  std::unique_ptr<StaffBooks> out(new StaffBooks(engine));
  auto accounts = std::make_shared<ByLooks>();
  engine.read([&](const Queries& queries) {
    queries.each_account([&](const BookCode& book, const RecordState& record) {
      Account account = account_from(record);
      const auto looks = looks_of(account.name);
      if (looks.empty()) return;
      const auto [at, added] = accounts->try_emplace(looks, Kept{{}, account});
      if (!added) merge(at->second.account, account);
      at->second.said.push_back({book, record.record, std::move(account)});
    });
  });
  out->accounts_ = std::move(accounts);
  if (const auto taken = out->take_old_file(); !taken) return taken.refusal();
  return out;
}

Result<> StaffBooks::take_old_file() {
  const DataFolder& folder = engine_.folder();
  const auto text = folder.read(kOldFile);
  if (!text || folder.read_only()) return Done{};
  std::vector<Account> accounts;
  try {
    accounts = from_old_file(*text);
  } catch (const std::exception&) {  // Boost.JSON: of several kinds
    return damaged_file(kOldFile, folder.path());
  }
  for (const Account& account : accounts) {
    if (find(account.name)) continue;
    if (auto taken = put(account, Person()); !taken) return taken.refusal();
  }
  folder.remove(kOldFile);
  return Done{};
}

std::shared_ptr<const StaffBooks::ByLooks> StaffBooks::now() const {
  const std::lock_guard lock(mutex_);
  return accounts_;
}

std::optional<Account> StaffBooks::find(const std::string& name) const {
  const auto accounts = now();
  const auto at = accounts->find(looks_of(name));
  return at != accounts->end() ? std::optional(at->second.account) : std::nullopt;
}

std::vector<Account> StaffBooks::all() const {
  std::vector<Account> out;
  for (const auto& [looks, kept] : *now()) out.push_back(kept.account);
  std::ranges::sort(out, {}, &Account::name);
  return out;
}

Result<> StaffBooks::put(const Account& account, const Person& by) {
  const std::lock_guard alone(writing_);
  auto changed = std::make_shared<ByLooks>(*now());
  Kept& kept = (*changed)[looks_of(account.name)];
  if (kept.said.empty()) {
    kept.said.push_back({book_of(account), account_record(account.name), account});
  } else {
    share_out(account, kept.said);
  }
  kept.account = account;
  sort_roles(kept.account);
  const auto written = engine_.call([&](Store& store, const CampaignCatalogue&) -> Result<> {
    const std::string form(kFormAccount);
    for (const Said& said : kept.said) {
      const auto before = store.state(said.book, said.record, form);
      const RecordState* state = before ? &*before : nullptr;
      const auto entry = compose(state, said.record, form, fields_of(said.account, state));
      if (entry.assignments.empty()) continue;
      const auto saved = store.write(said.book, entry, read_clock(), by);
      if (!saved) return saved.refusal();
    }
    return Done{};
  });
  if (!written) return written.refusal();
  const std::lock_guard lock(mutex_);
  accounts_ = std::move(changed);
  return Done{};
}

}  // namespace sitelog
