#include "engine/asked_once.hpp"

#include <algorithm>
#include <vector>

#include "engine/known_units.hpp"
#include "engine/limits.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

std::string key_of(size_t place) {
  return kAskedKey + std::to_string(place);
}

bool is_over(const AskedWrite& kept, int64_t now_ms) {
  return now_ms - kept.at_ms > limits::kAskedKeptMs;
}

// Of BOOK/DEVICE/EPOCH.
BookCode book_of(std::string_view stream) {
  for (int i = 0; i < 2; ++i) stream = stream.substr(0, stream.rfind('/'));
  return BookCode(stream);
}

}  // namespace

std::string name_of_role(const Role& role) {
  constexpr size_t kLetters = 16;
  Hasher hasher;
  hasher.add_sized(role.name).add_number(role.may.size());
  for (const Right right : role.may) hasher.add_sized(name_of(right));
  const auto add = [&hasher](const auto& in) {
    hasher.add_number(in.everything ? 1 : 0);
    for (const auto* codes : {&in.subtrees, &in.units}) {
      hasher.add_number(codes->size());
      for (const BookCode& code : *codes) hasher.add_sized(code);
    }
  };
  add(role.scope);
  for (const Scope::Part& part : role.scope.parts) {
    add(part.in);
    hasher.add_sized(part.campaign);
  }
  return hasher.finish().hex().substr(0, kLetters);
}

AskedOnce::Turn::Turn(AskedOnce& asked, Name name)
    : asked_(asked), name_(std::move(name)), noting_([this](Store& store, const Written& written) {
        asked_.note(name_, store, written);
      }) {}

AskedOnce::Turn::~Turn() {
  asked_.end(name_);
}

void AskedOnce::Turn::done(const std::optional<json::object>& answer) {
  AskedWrite kept;
  size_t place = 0;
  {
    const std::lock_guard lock(asked_.mutex_);
    Known& known = asked_.known_.at(name_);
    known.done = true;
    if (known.secret) {
      known.answer = answer;
      return;
    }
    if (answer) {
      std::string text = json::serialize(*answer);
      if (text.size() <= limits::kAskedAnswerBytesMax) known.kept.answer = std::move(text);
    }
    kept = known.kept;
    place = known.place;
  }
  try {
    asked_.engine_.call([&](Store& store, const CampaignCatalogue&) {
      store.set_meta(key_of(place), kept.to_text());
      return Done{};
    });
  } catch (const StoreError&) {
    // It is done all the same, and known as long as this process lasts.
  }
}

// Of this folder, once: what was kept before this process began.
void AskedOnce::read_kept() {
  const std::lock_guard once(reading_);
  if (read_) return;
  std::vector<std::pair<size_t, AskedWrite>> all;
  std::set<size_t> unused;
  engine_.read([&](const Queries& queries) {
    for (size_t place = 0; place < limits::kAskedKept; ++place) {
      const auto text = queries.meta(key_of(place));
      auto kept = text ? AskedWrite::parse(*text) : std::nullopt;
      if (kept) {
        all.emplace_back(place, *std::move(kept));
      } else {
        unused.insert(place);
      }
    }
    return Done{};
  });
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.second.at_ms < b.second.at_ms; });
  const std::lock_guard lock(mutex_);
  free_ = std::move(unused);
  for (auto& [place, kept] : all) {
    const Name name{kept.account, kept.key};
    if (const auto elder = known_.find(name); elder != known_.end()) forget(elder);
    ++of_account_[kept.account];
    known_[name] = {place, ++last_turn_, false, true, false, std::move(kept)};
  }
  read_ = true;
}

void AskedOnce::forget(std::map<Name, Known>::iterator known) {
  free_.insert(known->second.place);
  const auto own = of_account_.find(known->first.first);
  if (--own->second == 0) of_account_.erase(own);
  known_.erase(known);
}

// What is over goes; where there is no room still the eldest, of the account's own before others'.
bool AskedOnce::make_room(const std::string& account, int64_t now_ms) {
  const auto own = of_account_.find(account);
  const bool own_full = own != of_account_.end() && own->second >= limits::kAskedOfAccount;
  if (!own_full && !free_.empty()) return true;
  auto eldest = known_.end();
  for (auto at = known_.begin(); at != known_.end();) {
    const auto known = at++;
    if (known->second.running) continue;
    if (is_over(known->second.kept, now_ms)) {
      forget(known);
    } else if ((!own_full || known->first.first == account) &&
               (eldest == known_.end() || known->second.turn < eldest->second.turn)) {
      eldest = known;
    }
  }
  const auto now_own = of_account_.find(account);
  const bool still_full =
      now_own != of_account_.end() && now_own->second >= limits::kAskedOfAccount;
  if ((still_full || free_.empty()) && eldest != known_.end()) forget(eldest);
  return !free_.empty();
}

AskedOnce::Before AskedOnce::before(const Known& known) const {
  Before out;
  if (known.answer) {
    out.answer = known.answer;
  } else if (known.kept.answer) {
    boost::system::error_code error;
    const json::value answer = json::parse(*known.kept.answer, error);
    if (!error && answer.is_object()) out.answer = answer.get_object();
  }
  if (!known.kept.record.empty()) {
    out.written = json::object{{"record", known.kept.record},
                               {"stream", known.kept.stream},
                               {"number", known.kept.number}};
  }
  return out;
}

bool AskedOnce::may_be_told(const Asking& asking, const AskedWrite& kept) {
  const bool same_roles =
      std::includes(asking.by.begin(), asking.by.end(), kept.by.begin(), kept.by.end());
  if (!asking.of_one || kept.record.empty()) return same_roles;
  return engine_.read([&](const Queries& queries) {
    const BookCode unit = book_of(kept.stream);
    RecordsNamed named{.units = {unit}, .id = kept.record};
    // Else it is of another kind: an account, a policy.
    if (queries.find_records(named, 1).empty()) return same_roles;
    auto within = records_told(asking.scope, *engine_.units(queries), {{unit}});
    if (!within) return false;
    named.within = *std::move(within);
    return !queries.find_records(named, 1).empty();
  });
}

std::variant<std::unique_ptr<AskedOnce::Turn>, AskedOnce::Before, AskedOnce::Refused>
AskedOnce::begin(const Asking& asking) {
  Name name{asking.account, sha256(as_bytes(asking.key))};
  const int64_t now_ms = read_clock().wall.ms;
  read_kept();
  std::optional<Known> done;
  {
    const std::lock_guard lock(mutex_);
    const auto at = known_.find(name);
    if (at != known_.end() && !at->second.running && is_over(at->second.kept, now_ms)) {
      forget(at);
    } else if (at != known_.end()) {
      if (at->second.kept.request != asking.request) return Refused::kAnotherRequest;
      if (at->second.running) return Refused::kUnderWay;
      done = at->second;
    }
    if (!done && !make_room(asking.account, now_ms)) return Refused::kUnderWay;
    if (!done) {
      const size_t place = *free_.begin();
      free_.erase(free_.begin());
      ++of_account_[asking.account];
      known_[name] = {place,
                      ++last_turn_,
                      true,
                      false,
                      asking.secret,
                      AskedWrite{.account = asking.account,
                                 .key = name.second,
                                 .request = asking.request,
                                 .at_ms = now_ms,
                                 .by = asking.by}};
    }
  }
  if (done) {
    Before out = before(*done);
    out.may_be_told = may_be_told(asking, done->kept);
    return out;
  }
  return std::make_unique<Turn>(*this, std::move(name));
}

// On the store's thread, in the transaction that writes.
void AskedOnce::note(const Name& name, Store& store, const Written& written) {
  const std::lock_guard lock(mutex_);
  Known& known = known_.at(name);
  if (known.secret) return;
  if (known.kept.record.empty()) {
    known.kept.record = written.record.hex();
    known.kept.stream = to_text(written.book, written.stream);
    known.kept.number = written.number.value;
  }
  store.set_meta(key_of(known.place), known.kept.to_text());
}

// Whether it is so on the disk: of a transaction that failed nothing is.
bool AskedOnce::is_written(size_t place, const AskedWrite& said) {
  if (said.record.empty()) return false;
  try {
    const auto text =
        engine_.read([place](const Queries& queries) { return queries.meta(key_of(place)); });
    const auto kept = text ? AskedWrite::parse(*text) : std::nullopt;
    return kept && kept->key == said.key && kept->at_ms == said.at_ms;
  } catch (const StoreError&) {
    return true;  // it may be: then it is not to be done twice
  }
}

void AskedOnce::end(const Name& name) {
  Known known;
  {
    const std::lock_guard lock(mutex_);
    known = known_.at(name);  // nobody else's while it runs
  }
  const bool stays = known.done || is_written(known.place, known.kept);
  const std::lock_guard lock(mutex_);
  const auto at = known_.find(name);
  at->second.running = false;
  if (!stays) forget(at);
}

}  // namespace sitelog
