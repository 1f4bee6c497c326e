// What a device's grant says: words about its clock, how much is kept of it, up to where it counts.
#include <algorithm>

#include "campaign/campaign_catalogue.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/merge/book_settings.hpp"
#include "sync/merge/forms.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/material.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

constexpr size_t kItemsMax = 40;

// Numbers that lie close together, as well as any.
uint64_t any_number(Choices& choices) {
  return choices.flag() ? choices.byte() : choices.number();
}

Value any_value(Choices& choices, int depth = 2) {
  switch (choices.one_of(depth > 0 ? 6 : 4)) {
    case 0: return Value();
    case 1: return Value(choices.sized());
    case 2: return Value(static_cast<int64_t>(any_number(choices)));
    case 3: return Value(choices.flag());
    case 4: {
      TextList out;
      for (size_t n = choices.one_of(8); n > 0; --n) out.push_back(choices.sized());
      return Value(std::move(out));
    }
    default: {
      constexpr const char* kMembers[] = {"kept",    "wall",    "reason", "held_up",
                                          "entries", "streams", "bytes",  "else"};
      Structure out;
      for (size_t n = choices.one_of(8); n > 0; --n) {
        const char* member = kMembers[choices.one_of(std::size(kMembers))];
        out.insert_or_assign(member, any_value(choices, depth - 1));
      }
      return Value(std::move(out));
    }
  }
}

std::vector<ClockWord> any_words(Choices& choices) {
  std::vector<ClockWord> out;
  for (size_t n = choices.one_of(kItemsMax); n > 0; --n) {
    const uint64_t upto = any_number(choices);
    out.push_back({{upto}, {static_cast<int64_t>(any_number(choices))}});
  }
  return out;
}

// An entry was written no later than each word that covers it says.
void check_words(const std::vector<ClockWord>& said, Sequence number) {
  const ClockWords words(said);
  std::optional<Instant> expected;
  for (const ClockWord& word : said) {
    if (word.upto < number) continue;
    expected = expected ? std::min(*expected, word.not_after) : word.not_after;
  }
  MUST(words.not_after(number) == expected);
  MUST(ClockWords::read(words.to_value()) == words);
  MUST(words.said().size() == said.size());
}

void check_one_word_more(const ClockWords& words, const ClockWord& word, Sequence number) {
  const ClockWords more = words + ClockWords({word});
  MUST(more.said().size() <= kWordsOfStreamMax);
  MUST(more + more == more);
  // Whatever was covered stays so, and nothing else is.
  const bool covered = words.not_after(number).has_value() || number <= word.upto;
  MUST(more.not_after(number).has_value() == covered);
  if (words.said().size() + 1 > kWordsOfStreamMax || !covered) return;
  auto expected = words.not_after(number);
  if (number <= word.upto) {
    expected = expected ? std::min(*expected, word.not_after) : word.not_after;
  }
  MUST(more.not_after(number) == expected);
}

RecordState grant_record(const SigningKey& device, std::map<std::string, Value> fields) {
  RecordState out;
  out.record = *RecordId::from(device.device().view());
  out.form = kFormGrant;
  for (auto& [field, value] : fields) out.fields[field].shown = std::move(value);
  return out;
}

// What is said of a device is learned as it was said.
void check_said(Choices& choices, const SigningKey& device, BookSettings& settings) {
  const DeviceShare share{any_number(choices) >> 1, any_number(choices) >> 1,
                          any_number(choices) >> 1};
  std::vector<Tip> kept;
  for (size_t n = choices.one_of(kItemsMax); n > 0; --n) {
    kept.push_back({{device.device(), {any_number(choices)}},
                    {any_number(choices)},
                    sha256(as_bytes(std::to_string(n)))});
  }
  const Epoch epoch{any_number(choices)};
  const ClockWords words(any_words(choices));
  const int64_t wall = static_cast<int64_t>(any_number(choices));
  const bool held_up = choices.flag();
  settings.learn(grant_record(
      device, {{"key", Value(device.public_key().hex())},
               {"allowed", allowed_value(share)},
               {"revoked", held_up ? held_up_value(kept, wall) : revoked_value(kept, wall, "lost")},
               {ahead_field(epoch), words.to_value()}}));
  const Grant* grant = settings.grant(device.device());
  MUST(grant != nullptr && grant->revoked && grant->held_up == held_up && grant->kept == kept);
  MUST(grant->allowed && grant->allowed->entries == share.entries &&
       grant->allowed->bytes == share.bytes && grant->allowed->streams == share.streams);
  MUST(grant->ahead.at(epoch) == words);
  const Sequence number{any_number(choices)};
  MUST(settings.not_after({device.device(), epoch}, number) == words.not_after(number));
  MUST(!settings.not_after({device.device(), {epoch.value ^ 1}}, number));
}

// Whatever stands there is learned once, and gives a right to the device of this key alone.
void check_anything(Choices& choices, const SigningKey& device, BookSettings& settings) {
  std::map<std::string, Value> fields;
  constexpr const char* kFields[] = {"key",     "name",   "revoked",      "allowed",
                                     "subtree", "ahead.", "agreement_key"};
  for (size_t n = choices.one_of(10); n > 0; --n) {
    std::string field = kFields[choices.one_of(std::size(kFields))];
    if (field == "ahead.")
      field = choices.flag() ? ahead_field({any_number(choices)})
                             : field + choices.sized().substr(0, 20);
    const auto epoch = epoch_of_ahead_field(field);
    MUST(!epoch || ahead_field(*epoch) == field);
    fields.insert_or_assign(field, any_value(choices));
  }
  if (choices.flag()) fields["key"] = Value(device.public_key().hex());
  const RecordState record = grant_record(device, std::move(fields));
  settings.learn(record);
  const Learned again = settings.learn(record);
  MUST(!again.regrant && !again.reshow && !again.retimed);
  const Grant* grant = settings.grant(device.device());
  const bool named = record.text("key") == device.public_key().hex();
  MUST((grant != nullptr) >= named);
  if (grant == nullptr) return;
  MUST(grant->device == device.device() && device_of(grant->key) == grant->device);
  MUST(grant->revoked || !grant->held_up);
  MUST(grant->revoked == (record.shown("revoked") != nullptr));
  for (const Tip& tip : grant->kept) MUST(tip.stream.device == device.device());
  MUST(settings.standing(device.device()).unit().empty() == grant->revoked);
}

}  // namespace

FUZZ_TARGET(grants) {
  static const SigningKey device = key_of(3);
  Choices choices(input);
  const CampaignCatalogue catalogue;
  BookSettings settings("u1", key_of(4).device(), catalogue);
  const auto said = any_words(choices);
  check_words(said, {any_number(choices)});
  const ClockWord word{{any_number(choices)}, {static_cast<int64_t>(any_number(choices))}};
  check_one_word_more(ClockWords(said), word, {any_number(choices)});
  MUST(ClockWords::read(any_value(choices)).said().size() <= input.size());
  check_said(choices, device, settings);
  check_anything(choices, device, settings);
}
