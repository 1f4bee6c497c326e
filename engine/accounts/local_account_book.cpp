#include "engine/accounts/local_account_book.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "campaign/looks.hpp"
#include "engine/identity.hpp"

namespace sitelog {

namespace json = boost::json;

std::string LocalAccountBook::to_file(const ByLooks& accounts) {
  json::array out;
  for (const auto& [looks, account] : accounts) {
    json::array roles;
    for (const RoleGrant& grant : account.roles) {
      roles.emplace_back(json::object{{"role", grant.role}, {"unit", grant.unit}});
    }
    out.emplace_back(json::object{{"account", account.name},
                                  {"roles", std::move(roles)},
                                  {"disabled", account.disabled},
                                  {"added", account.added_ms}});
  }
  return json::serialize(json::object{{"accounts", std::move(out)}}) + "\n";
}

// Throws where it is not as above.
LocalAccountBook::ByLooks LocalAccountBook::from_file(const std::string& text) {
  ByLooks out;
  const json::value whole = json::parse(text);
  for (const auto& each : whole.at("accounts").as_array()) {
    Account account{.name = std::string(each.at("account").as_string()),
                    .disabled = each.at("disabled").as_bool(),
                    .added_ms = each.at("added").to_number<int64_t>()};
    for (const auto& role : each.at("roles").as_array()) {
      account.roles.push_back(
          {std::string(role.at("role").as_string()), BookCode(role.at("unit").as_string())});
    }
    out.emplace(looks_of(account.name), std::move(account));
  }
  return out;
}

Result<std::unique_ptr<LocalAccountBook>> LocalAccountBook::open(const DataFolder& folder) {
  std::unique_ptr<LocalAccountBook> out(new LocalAccountBook(folder));
  const auto text = folder.read(kFile);
  if (!text) return out;
  try {
    out->accounts_ = std::make_shared<ByLooks>(from_file(*text));
  } catch (const std::exception&) {  // Boost.JSON: of several kinds
    return damaged_file(kFile, folder.path());
  }
  return out;
}

std::shared_ptr<const LocalAccountBook::ByLooks> LocalAccountBook::now() const {
  const std::lock_guard lock(mutex_);
  return accounts_;
}

std::optional<Account> LocalAccountBook::find(const std::string& name) const {
  const auto accounts = now();
  const auto at = accounts->find(looks_of(name));
  return at != accounts->end() ? std::optional(at->second) : std::nullopt;
}

std::vector<Account> LocalAccountBook::all() const {
  std::vector<Account> out;
  for (const auto& [looks, account] : *now()) out.push_back(account);
  std::sort(out.begin(), out.end(),
            [](const Account& a, const Account& b) { return a.name < b.name; });
  return out;
}

void LocalAccountBook::put(const Account& account) {
  const std::lock_guard alone(writing_);
  auto changed = std::make_shared<ByLooks>(*now());
  (*changed)[looks_of(account.name)] = account;
  folder_.write(kFile, to_file(*changed));
  const std::lock_guard lock(mutex_);
  accounts_ = std::move(changed);
}

}  // namespace sitelog
