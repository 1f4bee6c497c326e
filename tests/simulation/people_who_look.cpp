// People who look at a record, and decide on it when other things have happened since.
#include <boost/json.hpp>

#include "engine/reviewing.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"
#include "tests/simulation/checks.hpp"
#include "tests/simulation/world.hpp"

namespace sitelog::simulation {

namespace {

constexpr size_t kLooksMax = 12;
constexpr size_t kDigitsTyped = 8;  // of a candidate's entry, as lists print them
constexpr const char* kRefused = "SELECT count(*) FROM quarantine";

}  // namespace

// What somebody at headquarters or a site has before them.
bool World::look() {
  TestDevice& device = dice_.chance(500) ? *headquarters_ : any_device();
  auto event = dice_.chance(400) ? any_event_in_conflict(device) : any_event(device);
  if (!event) event = any_event(device);
  if (!event) return false;
  const FoundRecord record{event->unit, event->record, "event"};
  auto sight = look_at(device, record);
  if (!sight) throw Broken("a record is listed that is not there");
  check_verdict(device, record);
  if (looks_.size() == kLooksMax) looks_.pop_front();
  looks_.push_back({&device, record, std::move(*sight)});
  return true;
}

// One of those who looked says what they think of it.
bool World::act_on_look() {
  if (looks_.empty()) return false;
  const size_t at = dice_.below(looks_.size());
  const Look look = looks_[at];
  // Now and then somebody presses the button twice, or goes by an old print.
  if (dice_.chance(800)) looks_.erase(looks_.begin() + static_cast<ptrdiff_t>(at));
  return act_on(look);
}

// A look and an act with little between them, so that conflicts are decided and records accepted.
bool World::look_and_act() {
  if (!look()) return false;
  const Look look = looks_.back();
  looks_.pop_back();
  for (int64_t i = dice_.between(0, 3); i > 0; --i) deliver();
  // Another policy is another record for who looks, even where it shows the same.
  if (!look.sight.conflicts.empty() && dice_.chance(200)) {
    set_policy(look.record.unit, dice_.pick(look.sight.conflicts));
  }
  return act_on(look);
}

World::Deed World::any_deed(const Look& look) {
  const std::string person = look.device->is_headquarters() ? "hq" : "p0";
  const Author author{person, look.device->now(), {}};
  Deed out;
  if (look.device->is_headquarters() && dice_.chance(500)) {
    const ReviewVerdict verdicts[] = {ReviewVerdict::kReturned, ReviewVerdict::kAccepted,
                                      ReviewVerdict::kAccepted, ReviewVerdict::kRefused};
    GivenVerdict given;
    given.verdict = dice_.pick(verdicts);
    given.remark = "remark " + std::to_string(dice_.between(0, 9));
    out.what = "review";
    const Caller owner = owner_of_folder(Language::kEnglish, "sitelogd");
    const Chairs chairs(owner, std::make_shared<UnitTree>());
    out.change = [given, chairs, author](Store& store, const CampaignCatalogue& catalogue,
                                         const FoundRecord& found, Looked) {
      return save_review(store, catalogue, found, given, chairs, author);
    };
  } else if (!look.sight.candidates.empty() && dice_.chance(700)) {
    std::vector<SeenCandidate> open = look.sight.candidates;
    std::erase_if(open, [&](const SeenCandidate& candidate) {
      return candidate.field.starts_with(kFieldReview) && !look.device->is_headquarters();
    });
    if (open.empty()) return out;
    out.what = "decide";
    out.taken = dice_.pick(open);
    const Decision decision{out.taken->entry.substr(0, kDigitsTyped),
                            {},
                            [](const BookCode&, const std::string&) { return true; }};
    const std::string field = out.taken->field;
    out.change = [field, decision, author](Store& store, const CampaignCatalogue& catalogue,
                                           const FoundRecord& found, Looked) {
      return save_decision(store, catalogue, found, field, decision, author);
    };
  } else if (dice_.chance(250)) {
    const bool undo = look.sight.voided;
    out.what = undo ? "unvoid" : "void";
    out.change = [undo, author](Store& store, const CampaignCatalogue&, const FoundRecord& found,
                                Looked looked) {
      const bool seen = looked == Looked::kYes;
      return undo ? save_unvoid(store, found, author, seen)
                  : save_void(store, found, "entered twice", author, seen);
    };
  } else {
    // As save_edit does with what a form has taken: there is no campaign with forms here.
    const std::map<std::string, Value> values = any_edit();
    out.what = "edit";
    out.change = [values, author](Store& store, const CampaignCatalogue&, const FoundRecord& found,
                                  Looked) -> Result<Saved> {
      const auto state = store.state(found.unit, found.record, found.form);
      const Entry entry = compose(&*state, found.record, found.form, values);
      auto written = store.write(found.unit, entry, author.clock, author.person);
      if (!written) return written.refusal();
      return Saved{.record = found.record, .written = std::move(*written)};
    };
  }
  return out;
}

// What was seen is what is signed, or nothing is done.
bool World::act_on(const Look& look) {
  static const CampaignCatalogue no_campaigns;
  TestDevice& device = *look.device;
  const Deed deed = any_deed(look);
  if (!deed.change) return false;
  const SeenCodes codes(device.key());
  const bool says_code = dice_.chance(500);
  const std::string given =
      *read_seen(says_code ? codes.code(*Hash::parse(look.sight.digest)) : look.sight.digest);
  const auto now = look_at(device, look.record);
  const BookCode& unit = look.record.unit;
  const auto book_now = [&] { return device.book_digest(unit) + device.state_digest(unit); };
  const std::string before = book_now();
  const int64_t refused = device.count(kRefused);
  const ChangedAsSeen outcome = device.store().transact([&] {
    return change_as_seen(device.store(), no_campaigns, codes, look.record, given, deed.change);
  });
  const bool done = outcome.saved && outcome.saved->problems.empty();
  if (!done && book_now() != before) throw Broken("what was refused has changed something");
  if (outcome.other) {
    ++counts_["changed since it was seen, and refused"];
    check_told(look, *now, outcome, codes, given);
    return true;
  }
  if (!done) {
    ++counts_["refused for what it is"];
    // What headquarters voids, no site decides away; and a site's word gives way to that.
    const bool voiding = deed.taken && deed.taken->field == kFieldVoid;
    if (now && now->digest == look.sight.digest && deed.taken && !voiding) {
      throw Broken("a candidate that is there can't be taken");
    }
    return true;
  }
  if (!now || now->shown != look.sight.shown) {
    throw Broken("a " + deed.what + " is taken of something else than was seen");
  }
  ++counts_[deed.what + " of what was seen"];
  if (!outcome.saved->written) return true;  // nothing was changed by it
  remember(device, *outcome.saved->written);
  if (device.count(kRefused) > refused) return true;  // the rules there refuse the value
  check_done(look, deed, outcome);
  return true;
}

// Without a look headquarters changes nothing that others wrote, and nobody decides a conflict.
bool World::void_unseen() {
  static const CampaignCatalogue no_campaigns;
  TestDevice& device = any_device();
  auto event = any_event_in_conflict(device, std::string(kFieldVoid));
  if (!event) event = any_event(device);
  if (!event) return false;
  const FoundRecord record{event->unit, event->record, "event"};
  const auto state = device.event(event->record, event->unit);
  bool own = true;
  for (const HistoryEntry& item : device.store().history(record.unit, record.record, record.form)) {
    own = own && item.origin.stream.device == device.id();
  }
  const Author author{"p0", device.now(), {}};
  const ChangedAsSeen outcome = device.store().transact([&] {
    return change_as_seen(
        device.store(), no_campaigns, SeenCodes(device.key()), record, {},
        [&](Store& store, const CampaignCatalogue&, const FoundRecord& found, Looked looked) {
          return save_void(store, found, "unseen", author, looked == Looked::kYes);
        });
  });
  const auto in_conflict = [&](std::string_view field) {
    return state->conflicts.contains(std::string(field));
  };
  // Void for another reason is void already; headquarters refuses what it voids, in the same step.
  const bool otherwise_void = state->voided() && state->text(kFieldVoid) != "unseen";
  const bool reviewable = !device.is_headquarters() || (own && !in_conflict(kFieldReview));
  const bool may = reviewable && !in_conflict(kFieldVoid) && !otherwise_void;
  const bool done = outcome.saved && outcome.saved->problems.empty();
  if (!may) ++counts_["not voided unseen"];
  if (done != may) throw Broken("a record is voided unseen where it must not be, or can't be");
  if (done && outcome.saved->written) remember(device, *outcome.saved->written);
  return true;
}

void World::check_done(const Look& look, const Deed& deed, const ChangedAsSeen& outcome) {
  TestDevice& device = *look.device;
  const auto after = look_at(device, look.record);
  const auto state = device.store().state(look.record.unit, look.record.record, look.record.form);
  const Grant* grant = device.store().settings(look.record.unit).grant(device.id());
  const bool counts = device.is_headquarters() || (grant != nullptr && !grant->revoked);
  if (!counts) return;
  if (outcome.seen->hex() != after->digest) {
    throw Broken("what was written answers with another digest than is shown then");
  }
  if (deed.taken) {
    const Value* shown = state->shown(deed.taken->field);
    const std::string value = shown != nullptr ? boost::json::serialize(to_json(*shown)) : "null";
    if (value != deed.taken->value || state->conflicts.contains(deed.taken->field)) {
      throw Broken("another candidate was taken than the one that was seen");
    }
  }
  if (deed.what == "review" && state->as_sent) {
    const std::string field = station_field(state->sent()->chain.back().role);
    const auto verdict = read_verdict(*state->shown(field));
    if (!verdict || verdict->of != state->sent_name()) {
      throw Broken("a station's verdict speaks of something else than was seen");
    }
    ++counts_["verdict at the top of a chain"];
  } else if (deed.what == "review") {
    HeadsByField of;
    for (const auto& [field, heads] : look.sight.heads) {
      const bool reserved = is_reserved_field(field) && field != kFieldVoid;
      if (!reserved || field.starts_with(kExplainPrefix)) of[field] = heads;
    }
    verdicts_[outcome.saved->written->name] = {std::move(of), true};
  }
}

// A verdict that is said to hold still was given on what the record is.
void World::check_verdict(TestDevice& device, const FoundRecord& record) {
  const auto state = device.store().state(record.unit, record.record, record.form);
  if (!state || state->as_sent || state->review().stale) return;
  const auto field = state->fields.find(kFieldReview);
  if (field == state->fields.end() || field->second.heads.size() != 1) return;
  const auto verdict = verdicts_.find(field->second.heads.front());
  if (verdict == verdicts_.end()) return;
  ++counts_["verdict that holds"];
  if (content_of(*state, verdict->second.with_explanations) != verdict->second.given_on) {
    throw Broken("a verdict is said to hold, and was given on something else");
  }
}

void World::check_verdicts() {
  for (TestDevice* device : devices()) {
    Statement rows(device->store().database(),
                   "SELECT code, record FROM records JOIN books USING (book_id)"
                   " WHERE form = 'event' AND first_entry IS NOT NULL");
    while (rows.step()) check_verdict(*device, {rows.text(0), rows.fixed<RecordId>(1), "event"});
  }
}

}  // namespace sitelog::simulation
