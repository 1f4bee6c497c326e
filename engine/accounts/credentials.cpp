#include "engine/accounts/credentials.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "engine/identity.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

json::object token_json(const Hash& secret, const ApiToken& token) {
  return {{"token", token.id},
          {"account", token.account},
          {"purpose", token.purpose},
          {"operations", json::array(token.operations.begin(), token.operations.end())},
          {"added", token.added_ms},
          {"expires", token.expires_ms},
          {"secret", secret.hex()}};
}

Hash hash_in(const json::value& value) {
  const auto hash = Hash::parse(std::string_view(value.as_string()));
  if (!hash) throw boost::system::system_error(json::error::incomplete);
  return *hash;
}

}  // namespace

std::string Credentials::to_file(const All& all) {
  json::array accounts, tokens;
  for (const auto& [name, each] : all.accounts) {
    json::object account{{"account", name}, {"password", each.password}};
    if (each.link) {
      account["link"] =
          json::object{{"hash", each.link->hash.hex()}, {"expires", each.link->expires_ms}};
    }
    accounts.emplace_back(std::move(account));
  }
  for (const auto& [secret, token] : all.tokens) tokens.emplace_back(token_json(secret, token));
  return json::serialize(
             json::object{{"accounts", std::move(accounts)}, {"tokens", std::move(tokens)}}) +
         "\n";
}

// Throws where it is not as above.
Credentials::All Credentials::from_file(const std::string& text) {
  All out;
  const json::value whole = json::parse(text);
  for (const auto& each : whole.at("accounts").as_array()) {
    OfAccount& account = out.accounts[std::string(each.at("account").as_string())];
    account.password = std::string(each.at("password").as_string());
    if (const auto* link = each.as_object().if_contains("link")) {
      account.link = {hash_in(link->at("hash")), link->at("expires").to_number<int64_t>()};
    }
  }
  for (const auto& each : whole.at("tokens").as_array()) {
    ApiToken token{.id = std::string(each.at("token").as_string()),
                   .account = std::string(each.at("account").as_string()),
                   .purpose = std::string(each.at("purpose").as_string()),
                   .operations = {},
                   .added_ms = each.at("added").to_number<int64_t>(),
                   .expires_ms = each.at("expires").to_number<int64_t>()};
    for (const auto& name : each.at("operations").as_array()) {
      token.operations.emplace(name.as_string());
    }
    out.tokens.emplace(hash_in(each.at("secret")), std::move(token));
  }
  return out;
}

Result<std::unique_ptr<Credentials>> Credentials::open(const DataFolder& folder) {
  std::unique_ptr<Credentials> out(new Credentials(folder));
  const auto text = folder.read(kFile);
  if (!text) return out;
  try {
    out->all_ = std::make_shared<All>(from_file(*text));
  } catch (const std::exception&) {  // Boost.JSON: of several kinds
    return damaged_file(kFile, folder.path());
  }
  return out;
}

std::shared_ptr<const Credentials::All> Credentials::now() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

void Credentials::keep(All changed) {
  folder_.write(kFile, to_file(changed));
  const std::lock_guard lock(mutex_);
  all_ = std::make_shared<All>(std::move(changed));
}

std::string Credentials::password_of(const std::string& account) const {
  const auto all = now();
  const auto at = all->accounts.find(account);
  return at != all->accounts.end() ? at->second.password : std::string();
}

void Credentials::set_password(const std::string& account, const std::string& hash) {
  const std::lock_guard alone(writing_);
  All changed = *now();
  changed.accounts[account] = {hash, std::nullopt};
  keep(std::move(changed));
}

void Credentials::set_link(const std::string& account, const Hash& link, int64_t expires_ms) {
  const std::lock_guard alone(writing_);
  All changed = *now();
  changed.accounts[account] = {{}, Link{link, expires_ms}};
  keep(std::move(changed));
}

bool Credentials::awaits_link(const std::string& account, int64_t now_ms) const {
  const auto all = now();
  const auto at = all->accounts.find(account);
  return at != all->accounts.end() && at->second.link && at->second.link->expires_ms >= now_ms;
}

std::optional<std::string> Credentials::account_of_link(const Hash& link, int64_t now_ms) const {
  for (const auto all = now(); const auto& [name, each] : all->accounts) {
    if (each.link && each.link->hash == link && each.link->expires_ms >= now_ms) return name;
  }
  return std::nullopt;
}

bool Credentials::use_link(const Hash& link, int64_t now_ms, const std::string& password_hash) {
  const std::lock_guard alone(writing_);
  All changed = *now();
  for (auto& [name, each] : changed.accounts) {
    if (!each.link || each.link->hash != link || each.link->expires_ms < now_ms) continue;
    each = {password_hash, std::nullopt};
    keep(std::move(changed));
    return true;
  }
  return false;
}

void Credentials::add(const ApiToken& token, const Hash& secret) {
  const std::lock_guard alone(writing_);
  All changed = *now();
  std::erase_if(changed.tokens, [&token](const auto& each) {
    return each.second.expires_ms < token.added_ms;  // run out
  });
  changed.tokens.emplace(secret, token);
  keep(std::move(changed));
}

bool Credentials::remove_token(const std::string& id) {
  const std::lock_guard alone(writing_);
  All changed = *now();
  if (std::erase_if(changed.tokens, [&id](const auto& each) { return each.second.id == id; }) ==
      0) {
    return false;
  }
  keep(std::move(changed));
  return true;
}

void Credentials::remove_tokens_of(const std::string& account) {
  const std::lock_guard alone(writing_);
  All changed = *now();
  const auto gone = std::erase_if(
      changed.tokens, [&account](const auto& each) { return each.second.account == account; });
  if (gone > 0) keep(std::move(changed));
}

std::optional<ApiToken> Credentials::find(const Hash& secret, int64_t now_ms) const {
  const auto all = now();
  const auto at = all->tokens.find(secret);
  if (at == all->tokens.end() || at->second.expires_ms < now_ms) return std::nullopt;
  return at->second;
}

std::optional<std::string> Credentials::account_of_expired(const Hash& secret,
                                                           int64_t now_ms) const {
  const auto all = now();
  const auto token = all->tokens.find(secret);
  if (token != all->tokens.end() && token->second.expires_ms < now_ms) {
    return token->second.account;
  }
  for (const auto& [name, each] : all->accounts) {
    if (each.link && each.link->hash == secret && each.link->expires_ms < now_ms) return name;
  }
  return std::nullopt;
}

std::optional<ApiToken> Credentials::token(const std::string& id) const {
  for (const auto all = now(); const auto& [secret, token] : all->tokens) {
    if (token.id == id) return token;
  }
  return std::nullopt;
}

std::vector<ApiToken> Credentials::tokens() const {
  std::vector<ApiToken> out;
  for (const auto all = now(); const auto& [secret, token] : all->tokens) out.push_back(token);
  std::sort(out.begin(), out.end(), [](const ApiToken& a, const ApiToken& b) {
    return std::pair(a.added_ms, a.id) < std::pair(b.added_ms, b.id);
  });
  return out;
}

}  // namespace sitelog
