// What people do at sites and at headquarters.
#include "sync/merge/forms.hpp"
#include "tests/simulation/checks.hpp"
#include "tests/simulation/world.hpp"

namespace sitelog::simulation {

namespace {

constexpr const char* kFields[] = {"title",        "kind", "level",         "sessions",
                                   "participants", "who",  "_explain.title"};
constexpr const char* kKinds[] = {"film", "lecture", "training"};
const Value kReasons[] = {"entered twice", "did not take place"};
constexpr const char* kPolicies[] = {"latest", "site", "headquarters", "ask",
                                     "max",    "min",  "union"};

}  // namespace

Value World::any_value(const std::string& field) {
  if (dice_.chance(50)) return Value();
  if (field == "kind") return dice_.pick(kKinds);
  if (field == "level") return dice_.chance(500) ? "county" : "city";
  if (field == "sessions" || field == "participants") return dice_.between(0, 50);
  if (field == "who") {
    TextList list;
    for (int64_t i = dice_.between(0, 3); i > 0; --i) list.push_back("p" + std::to_string(i));
    return list;
  }
  return "text " + std::to_string(dice_.between(0, 9));
}

bool World::record() {
  TestDevice& device = *any_site().device;
  const Event event{device.unit(), device.store().new_record_id(device.now())};
  return write(device, event,
               {{"title", any_value("title")},
                {"kind", dice_.pick(kKinds)},
                {"sessions", dice_.between(1, 9)},
                {std::string(kFieldCampaign), "c"}});
}

bool World::edit() {
  TestDevice& device = any_device();
  const auto event = any_event(device);
  if (!event) return false;
  return write(device, *event, any_edit());
}

std::map<std::string, Value> World::any_edit() {
  std::map<std::string, Value> out;
  for (int64_t i = dice_.between(1, 2); i > 0; --i) {
    const std::string field = dice_.pick(kFields);
    out[field] = any_value(field);
  }
  return out;
}

bool World::void_event() {
  TestDevice& device = any_device();
  const auto event = any_event(device);
  if (!event) return false;
  return write(device, *event,
               {{std::string(kFieldVoid), dice_.chance(300) ? Value() : dice_.pick(kReasons)}});
}

// A conflict is decided: at that replica it is gone, unless the rules there refuse the value.
bool World::decide() {
  TestDevice& device = any_device();
  struct Open {
    Event event;
    std::string field;
  };
  std::vector<Open> open;
  Statement rows(device.store().database(),
                 "SELECT code, record, field FROM conflicts JOIN records USING (record_id)"
                 " JOIN books USING (book_id) WHERE form = 'event' ORDER BY 1, 2, 3");
  while (rows.step()) {
    if (rows.text(2).starts_with(kFieldReview) && !device.is_headquarters()) continue;
    open.push_back({{rows.text(0), rows.fixed<RecordId>(1)}, rows.text(2)});
  }
  if (open.empty()) return false;
  const Open& chosen = dice_.pick(open);
  const Value value = is_reserved_field(chosen.field) ? Value() : any_value(chosen.field);
  constexpr const char* kRefused = "SELECT count(*) FROM quarantine";
  const int64_t refused = device.count(kRefused);
  if (!write(device, chosen.event, {{chosen.field, value}})) {
    throw Broken("a conflict could not be decided");
  }
  if (device.count(kRefused) > refused) return true;
  const Grant* grant = device.store().settings(chosen.event.unit).grant(device.id());
  if (!device.is_headquarters() && (grant == nullptr || grant->revoked)) return true;
  if (device.event(chosen.event.record, chosen.event.unit)->conflicts.contains(chosen.field)) {
    throw Broken("a conflict stands where it was decided");
  }
  return true;
}

// By a build that looks at what there is when it writes, and says nothing of explanations.
bool World::review() {
  const auto event = any_event(*headquarters_);
  if (!event) return false;
  const auto state = headquarters_->event(event->record, event->unit);
  Review review;
  const ReviewVerdict verdicts[] = {ReviewVerdict::kReturned, ReviewVerdict::kAccepted,
                                    ReviewVerdict::kRefused};
  review.verdict = dice_.pick(verdicts);
  review.remark = "remark " + std::to_string(dice_.between(0, 9));
  if (review.verdict == ReviewVerdict::kReturned) {
    review.field_remarks["title"] = "unclear";
    review.due = "2024-05-01";
  }
  if (!write(*headquarters_, *event,
             {{std::string(kFieldReview), dice_.chance(500)
                                              ? review_value(review, *state)
                                              : review_value(review, content_digest(*state))}})) {
    return false;
  }
  const auto after = headquarters_->event(event->record, event->unit);
  verdicts_[after->fields.find(kFieldReview)->second.heads.front()] = {content_of(*state, false)};
  return true;
}

// As an early version let headquarters write it: shown there, told to nobody, and not counted.
bool World::record_of_no_unit() {
  const Event event{{}, headquarters_->store().new_record_id(headquarters_->now())};
  return write(*headquarters_, event,
               {{"title", any_value("title")},
                {"kind", dice_.pick(kKinds)},
                {std::string(kFieldCampaign), "c"}});
}

bool World::set_policy() {
  const std::string field = dice_.chance(500) ? "*" : dice_.pick(kFields);
  set_policy(any_site().device->unit(), field);
  return true;
}

void World::set_policy(const BookCode& unit, const std::string& field) {
  headquarters_->set_policy(unit, field, dice_.pick(kPolicies));
}

bool World::set_campaign() {
  std::map<std::string, std::string> policies;
  if (dice_.chance(500)) policies[dice_.pick(kFields)] = dice_.pick(kPolicies);
  headquarters_->set_campaign(dice_.chance(800) ? "c" : "other",
                              dice_.chance(500) ? "*" : dice_.pick(kKinds), policies);
  return true;
}

// A unit is renamed, or put below another.
bool World::set_unit() {
  const BookCode code = any_site().device->unit();
  RecordId record;
  record.bytes.fill(static_cast<uint8_t>(code.back()));
  headquarters_->write(
      BookCode(kRootBook), record, std::string(kFormUnit),
      {{"code", code}, {"name", any_value("title")}, {"parent", dice_.chance(500) ? "" : "city"}},
      "hq");
  return true;
}

bool World::enrol() {
  if (sites_.size() >= kSitesMax) return false;
  const Site& neighbour = any_site();
  TestDevice* hub = neighbour.hub;
  add_site(neighbour.device->unit()).hub = hub;
  return true;
}

bool World::revoke() {
  const TestDevice& site = *any_site().device;
  if (revoked(site)) return false;
  std::vector<Tip> kept;
  if (dice_.chance(800)) kept = headquarters_->store().vector(site.unit());
  headquarters_->revoke(site, site.unit(), kept);
  return true;
}

// Programs are updated, or not, without regard to each other.
bool World::install_other_version() {
  Site& site = any_site();
  const Versions versions[] = {{}, {}, {0, 1}, {0, 2}, {1, 9}, {2, 9}};
  site.speaks = dice_.pick(versions);
  if (dice_.chance(500)) {
    TestDevice& device = dice_.chance(300) ? *headquarters_ : *site.device;
    device.knows = dice_.chance(600) ? &rules_of_tomorrow() : &rules_of_today();
    reopen(device, "other rules known");
  }
  return true;
}

// Headquarters lays down which rules judge, whoever knows them; 5 nobody does.
bool World::set_rules() {
  const uint64_t numbers[] = {1, 2, 3, 3, 3, 4, 4, 5};
  headquarters_->set_rules(dice_.pick(numbers));
  return true;
}

// A build that knows of them opens the folder; copies of one device may each draw their own.
bool World::draw_agreement_key() {
  TestDevice& device = any_device();
  AgreementKey::Random random{};
  for (uint8_t& byte : random) byte = static_cast<uint8_t>(dice_.number());
  device.agreement_key = AgreementKey::from_random(random).public_key();
  reopen(device, "opened with an agreement key");
  return true;
}

bool World::reinstate() {
  const TestDevice& site = *any_site().device;
  if (!revoked(site)) return false;
  headquarters_->reinstate(site, site.unit());
  return true;
}

}  // namespace sitelog::simulation
