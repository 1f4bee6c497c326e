#include "engine/accounts/credentials.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

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

std::string bytes_in(const json::value& value) {
  const std::string_view text = value.as_string();
  std::string out;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    int byte = 0;
    const auto read = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (read.ec != std::errc() || read.ptr != text.data() + i + 2) {
      throw boost::system::system_error(json::error::incomplete);
    }
    out += static_cast<char>(byte);
  }
  return out;
}

}  // namespace

void Credentials::OfAccount::end_link(bool used) {
  if (link) ended = Ended{link->hash, used};
  link.reset();
}

std::string Credentials::to_file(const All& all) {
  json::array accounts, tokens;
  for (const auto& [name, each] : all.accounts) {
    json::object account{{"account", name}, {"password", each.password}};
    if (each.link) {
      account["link"] =
          json::object{{"hash", each.link->hash.hex()}, {"expires", each.link->expires_ms}};
    }
    if (each.ended) {
      account["ended_link"] =
          json::object{{"hash", each.ended->hash.hex()}, {"used", each.ended->used}};
    }
    if (each.second) {
      json::array recovery;
      for (const Hash& code : each.second->recovery) recovery.emplace_back(code.hex());
      account["second"] = json::object{{"secret", to_hex(as_bytes(each.second->secret))},
                                       {"recovery", std::move(recovery)}};
    }
    accounts.emplace_back(std::move(account));
  }
  for (const auto& [secret, token] : all.tokens) tokens.emplace_back(token_json(secret, token));
  return json::serialize(json::object{
             {"accounts", std::move(accounts)},
             {"tokens", std::move(tokens)},
             {"second_for", json::array(all.second_for.begin(), all.second_for.end())}}) +
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
    if (const auto* ended = each.as_object().if_contains("ended_link")) {
      account.ended = {hash_in(ended->at("hash")), ended->at("used").as_bool()};
    }
    if (const auto* second = each.as_object().if_contains("second")) {
      SecondFactor& factor = account.second.emplace();
      factor.secret = bytes_in(second->at("secret"));
      for (const auto& code : second->at("recovery").as_array()) {
        factor.recovery.insert(hash_in(code));
      }
    }
  }
  if (const auto* roles = whole.as_object().if_contains("second_for")) {
    for (const auto& role : roles->as_array()) out.second_for.emplace(role.as_string());
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
  OfAccount& own = changed.accounts[account];
  own.password = hash;
  own.end_link(false);
  keep(std::move(changed));
}

void Credentials::set_link(const std::string& account, const Hash& link, int64_t expires_ms) {
  const std::lock_guard alone(writing_);
  All changed = *now();
  OfAccount& own = changed.accounts[account];
  own.password.clear();
  own.end_link(false);
  own.link = Link{link, expires_ms};
  keep(std::move(changed));
}

bool Credentials::awaits_link(const std::string& account, int64_t now_ms) const {
  const auto all = now();
  const auto at = all->accounts.find(account);
  return at != all->accounts.end() && at->second.link && at->second.link->expires_ms >= now_ms;
}

std::optional<Credentials::EndedLink> Credentials::ended_link(const Hash& link,
                                                              int64_t now_ms) const {
  for (const auto all = now(); const auto& [name, each] : all->accounts) {
    if (each.ended && each.ended->hash == link) {
      return EndedLink{name, each.ended->used ? LinkEnd::kUsed : LinkEnd::kReplaced};
    }
    if (each.link && each.link->hash == link && each.link->expires_ms < now_ms) {
      return EndedLink{name, LinkEnd::kExpired};
    }
  }
  return std::nullopt;
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
    each.password = password_hash;
    each.end_link(true);
    keep(std::move(changed));
    return true;
  }
  return false;
}

std::optional<SecondFactor> Credentials::second_factor(const std::string& account) const {
  const auto all = now();
  const auto at = all->accounts.find(account);
  return at != all->accounts.end() ? at->second.second : std::nullopt;
}

void Credentials::set_second_factor(const std::string& account,
                                    std::optional<SecondFactor> factor) {
  const std::lock_guard alone(writing_);
  All changed = *now();
  changed.accounts[account].second = std::move(factor);
  keep(std::move(changed));
}

bool Credentials::use_recovery(const std::string& account, const Hash& code) {
  const std::lock_guard alone(writing_);
  All changed = *now();
  const auto at = changed.accounts.find(account);
  if (at == changed.accounts.end() || !at->second.second ||
      at->second.second->recovery.erase(code) == 0) {
    return false;
  }
  keep(std::move(changed));
  return true;
}

std::set<std::string> Credentials::roles_with_second_factor() const {
  return now()->second_for;
}

void Credentials::need_second_factor(const std::string& role, bool needed) {
  const std::lock_guard alone(writing_);
  All changed = *now();
  if (needed) {
    changed.second_for.insert(role);
  } else {
    changed.second_for.erase(role);
  }
  keep(std::move(changed));
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
