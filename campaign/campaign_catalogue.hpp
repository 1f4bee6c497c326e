#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "campaign/counting_rules.hpp"
#include "campaign/definition.hpp"
#include "sync/merge/catalogue.hpp"

namespace sitelog {

// A published definition that can't be used, and why.
struct CampaignProblem {
  std::string campaign;  // the record's field `id`
  std::vector<Refusal> problems;
};

// All campaigns as the root book's records say. One a store, on the store's thread; what it hands
// out holds until the next `learn`. A copy is cheap, shares what was understood and stays as it is.
// A withdrawn campaign is in force no more, and still known: its
// records are read by it, listed under it and corrected. A definition that no longer parses leaves
// the last good one in force. Keys of definitions that this version doesn't know are passed over: a
// newer headquarters must not make an older client stop.
class CampaignCatalogue final : public Catalogue {
 public:
  Consequence learn(const RecordState& record) override;
  std::optional<Policy> default_policy(const std::string& campaign, const std::string& form,
                                       const std::string& field) const override;
  // As CountingRules says.
  std::optional<Tally> tally(const RecordState& record) const override;
  // System forms and forms of any campaign, campaigns that are known. Kind, level and status are
  // the texts of the fields that a form has for them, and its first date is its day.
  Listing listing(const RecordState& record) const override;
  // 1: numbers were brought into bounds, nothing was left out. 2: decision 0031. 3: what the
  // campaign doesn't know is listed under none and counted as not stated. 4: a withdrawn campaign's
  // records are listed under it. 5: what was sent to stations counts as it was sent.
  uint64_t counting() const override { return 5; }

  // Another one once anything was learnt.
  uint64_t revision() const { return revision_; }

  // In force; null where there is none.
  const Definition* campaign(const std::string& id) const;
  // In force or withdrawn.
  const Definition* known(const std::string& id) const;
  bool is_withdrawn(const std::string& id) const;
  // Those in force, ascending by id; those that were withdrawn.
  std::vector<const Definition*> campaigns() const;
  std::vector<const Definition*> withdrawn() const;
  std::vector<CampaignProblem> problems() const;

 private:
  // What the fields of a form mean; null where it has none such. Of its definition.
  struct Meaning {
    const Field *day = nullptr, *kind = nullptr, *level = nullptr, *status = nullptr;
    bool by_stations = false;
  };
  static Meaning meaning_of(const Definition& definition, const Form& form);

  struct Published {
    std::string id;    // as the record says
    std::string text;  // TOML, as last seen
    bool withdrawn = false;
    std::optional<Definition> definition;
    std::optional<CountingRules> counting;                 // with the definition
    std::map<std::string, Meaning, std::less<>> meanings;  // likewise, by form
    std::vector<Refusal> problems;
  };

  const Published* published(const std::string& id) const;
  const Definition* find(const std::string& id, bool withdrawn) const;
  std::vector<const Definition*> all(bool withdrawn) const;

  std::map<RecordId, std::shared_ptr<const Published>> published_;
  uint64_t revision_ = 0;
};

// What is told of a withdrawn campaign where something new is asked of it: where `given` names one,
// or, where that is empty, only withdrawn ones have the form. Nothing where none is meant.
std::optional<Refusal> refuse_withdrawn(const CampaignCatalogue& catalogue,
                                        const std::string& given, const std::string& form);

}  // namespace sitelog
