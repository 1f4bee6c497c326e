#pragma once

#include <string_view>

// Forms and fields with a meaning of their own. All others come from campaign definitions, whose
// field names never begin with an underscore.
namespace sitelog {

// Written by headquarters.
inline constexpr std::string_view kFormUnit = "unit";  // root book; code name parent kind level
inline constexpr std::string_view kFormCampaign =
    "campaign";  // root book; id, definition (TOML text)
// A unit's book; key name granted revoked agreement_key. In the root book headquarters' own, with
// its keys alone.
inline constexpr std::string_view kFormGrant = "grant";
inline constexpr std::string_view kFieldAgreementKey = "agreement_key";  // of a grant: hexadecimal
inline constexpr std::string_view kFormPolicy =
    "policy";  // unit's book; "*" or a field's name: policy
// Written by headquarters in the root book: number, install. One record (judging_rules.hpp), kept,
// listed and digested as those of campaigns' forms are, so that builds that know of no rules agree.
inline constexpr std::string_view kFormRules = "rules";
// Written by headquarters in a staff book: name, added, disabled, grant.… (engine/accounts). No
// campaign's form can be called so.
inline constexpr std::string_view kFormAccount = "@account";
// Written by a unit's devices and by headquarters in the unit's book: its people (name role leads
// removed pins_since) and what is asked of who records there (names). To whoever merges they are
// records like others; no campaign's form can be called so.
inline constexpr std::string_view kFormPerson = "@person";
inline constexpr std::string_view kFormPeople = "@people";
// Written by a device about itself.
inline constexpr std::string_view kFormClock =
    "clock";  // record id: the device; boot in hex: anchor

inline bool is_system_form(std::string_view form) {
  return form == kFormUnit || form == kFormCampaign || form == kFormGrant || form == kFormPolicy ||
         form == kFormClock || form == kFormAccount;
}

// Whether a record is one of a campaign's, of those that people list, count and review.
inline bool is_of_campaigns(std::string_view form) {
  return !is_system_form(form) && form != kFormPerson && form != kFormPeople;
}

// Books of who may come in at headquarters' doors: this and the unit where they mostly work, or the
// common book's code. No unit's code begins with @, so that no device's certificate names one.
inline constexpr std::string_view kStaffBooks = "@staff/";
inline bool is_staff_book(std::string_view code) {
  return code.starts_with(kStaffBooks);
}

// Fields that any record may have.
inline constexpr std::string_view kFieldCampaign = "_campaign";  // text: the campaign's id
inline constexpr std::string_view kFieldVoid = "_void";          // text: why it was voided (作废)
inline constexpr std::string_view kFieldReview = "_review";      // structure: see record_state.hpp
inline constexpr std::string_view kFieldSent = "_sent";          // structure: see stations.hpp
inline constexpr std::string_view kExplainPrefix =
    "_explain.";  // text: why an unusual value is right
// Text: a word about the record that judges nothing and changes nothing that is judged. Behind it
// a name of its own (16 hexadecimal digits drawn at random), so that none replaces another.
inline constexpr std::string_view kCommentPrefix = "_comment.";

inline bool is_reserved_field(std::string_view field) {
  return field.starts_with('_');
}

}  // namespace sitelog
