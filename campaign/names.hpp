#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/definition.hpp"
#include "campaign/units.hpp"

// What somebody means by a name they typed: everything that has a key and labels is called by
// either, and where several may be meant none is guessed.
namespace sitelog {

// Of a campaign by its title and id: what refuse_withdrawn (campaign/campaign_catalogue) says.
inline constexpr const char* kCampaignIsWithdrawn = N_(
    "campaign {} ({}) was withdrawn by headquarters: nothing new is recorded for it and it isn't "
    "counted; the records that it has can be read, exported and corrected");

struct Named {
  std::string_view key;
  std::string_view zh, en;  // or one name, in both
};

// The index of the one that `given` names: by its key, else by a label, or by what looks like it
// (campaign/looks). Of one key the first is taken. Nothing
// where none is called so; refuses (kInvalidValue, naming their keys) where several are.
Result<std::optional<size_t>> meant(std::string_view given, const std::vector<Named>& among);

// What is told where nothing is called so: `unknown`, whose last {} is what there is, with keys and
// labels; where there is nothing at all to choose from, that no published campaign has anything.
// The translation takes the names in Chinese by their number, behind those in
// English.
Refusal not_among(const std::vector<Named>& names, Reason reason, const char* unknown,
                  std::string_view given);

// Refuse as above, and with what there is: kUnknownField, kUnknownForm, kInvalidValue,
// kUnknownUnit, kUnknownCampaign. What is handed out lives as long as what it was found in.
Result<const Field*> find_field(const Form& form, std::string_view given);
Result<const Form*> find_form(const Definition& definition, std::string_view given);
Result<const Choice*> find_choice(const Vocabulary& vocabulary, std::string_view given);
Result<BookCode> find_unit(const UnitTree& units, std::string_view given);
Result<const Definition*> find_campaign(const std::vector<const Definition*>& campaigns,
                                        std::string_view given);

// The campaign meant by who names a form of it: the one that `given` names, or, where that is
// empty, the only one that has the form. Refuses kInvalidValue where several have it, and tells
// them.
Result<const Definition*> find_campaign_of(const std::vector<const Definition*>& campaigns,
                                           std::string_view given, std::string_view form);
// The question which of these campaigns is meant, all of which have the form.
Refusal which_campaign(std::string_view form, const std::vector<Named>& campaigns);

// The same over all of these campaigns: the key of a form, of a kind, of a role, of a role that
// judges records; the name of a field.
Result<std::string> find_form(const std::vector<const Definition*>& campaigns,
                              std::string_view given);
Result<std::string> find_kind(const std::vector<const Definition*>& campaigns,
                              std::string_view given);
Result<std::string> find_role(const std::vector<const Definition*>& campaigns,
                              std::string_view given);
Result<std::string> find_station_role(const std::vector<const Definition*>& campaigns,
                                      std::string_view given);
Result<std::string> find_field(const std::vector<const Definition*>& campaigns,
                               std::string_view given);

}  // namespace sitelog
