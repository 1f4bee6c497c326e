// Records as an OData 4.01 service, to be read by spreadsheets: GET /odata/v1/…
#include <algorithm>

#include "command/terminal/language.hpp"
#include "engine/record_filter.hpp"
#include "http/admission.hpp"
#include "http/limits.hpp"
#include "http/odata_narrowing.hpp"
#include "http/odata_query.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr const char* kODataType = "application/json;odata.metadata=minimal";
constexpr size_t kHeldBytes = 128 * 1024;

std::pair<std::string, std::string> version_of(const Asked& asked) {
  return {"OData-Version", asked.head.field("odata-maxversion") == "4.0" ? "4.0" : "4.01"};
}

std::string root_of(const Asked& asked) {
  return "https://" + std::string(asked.head.field("host")) + kOData;
}

Response answered(const Asked& asked, std::string type, std::string body) {
  return {200, std::move(type), std::move(body), {version_of(asked)}};
}

void refuse(const Asked& asked, Reply& reply, const DetailedRefusal& why, int status = 0) {
  if (status == 0) {
    status = why.reason == Reason::kUnknownForm    ? 501
             : why.reason == Reason::kInvalidValue ? 400  // such as a $skiptoken of another set
                                                   : status_of(why);
  }
  const json::object body{
      {"error", {{"code", name_of(why.reason)}, {"message", message_of(asked.language, why)}}}};
  reply.send({status, std::string(kJsonType), json::serialize(body) + "\n", {version_of(asked)}});
}

// As an option of an address: what is not a letter or digit by its number.
std::string escaped(std::string_view text) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_') {
      out += c;
    } else {
      out += '%';
      out += kDigits[static_cast<uint8_t>(c) >> 4];
      out += kDigits[static_cast<uint8_t>(c) & 15];
    }
  }
  return out;
}

Answer<std::vector<ODataSet>> sets_for(const ApiParts& parts, const Caller& caller) {
  std::vector<json::object> campaigns;
  OperationIo io;
  io.line = [&campaigns](const json::object& line) { campaigns.push_back(line); };
  const auto listed = call_operation(parts.operations, caller, "campaigns.list", {}, io);
  if (!listed) return listed.refusal();
  return odata_sets(campaigns);
}

// One page of a set, as it is read. Nothing leaves before there is much of it, so that what goes
// wrong first has its own status.
class Page {
 public:
  Page(const ODataSet& set, const ODataQuery& query, const Asked& asked, Reply& reply)
      : set_(set),
        query_(query),
        asked_(asked),
        reply_(reply),
        wanted_(std::min<int64_t>(query.top.value_or(INT64_MAX), limits::kODataPage)),
        skip_(query.skip),
        cursor_(query.skip_token) {
    if (query.filter) narrowing_ = odata_narrowing(set, *query.filter);
  }

  // Reads on until the page is full, or much was looked at, or nothing follows.
  Answer<Done> read(const ApiParts& parts, const Caller& caller) {
    json::object head{{"@odata.context", root_of(asked_) + "$metadata#" + set_.name}};
    if (query_.count) {
      const auto all = list(parts, caller, 0, [](const json::object&) {});
      if (!all) return all.refusal();
      head["@odata.count"] = all->at("of");
    }
    held_ = json::serialize(head);
    held_.pop_back();
    held_ += ",\"value\":[";
    while (!ended_ && told_ < wanted_ && looked_at_ < limits::kODataLookedAt) {
      int64_t told = 0;
      const auto listed = list(parts, caller, lines_at_once(), [&](const json::object& line) {
        ++told;
        take(line);
      });
      if (!listed && asks_for_nothing(listed.refusal())) {
        ended_ = true;
        break;
      }
      if (!listed && told == 0 && !narrowing_.empty()) {
        narrowing_.clear();  // a word that no list knows: rows are asked
        continue;
      }
      if (!listed) return listed.refusal();
      const auto* next = listed->if_contains("next");
      ended_ = next == nullptr;
      if (next != nullptr) cursor_ = std::string(next->as_string());
    }
    finish();
    return Done{};
  }

 private:
  // A page ends where a list's does: of rows that are held against a filter a few may be too many.
  int64_t lines_at_once() const {
    constexpr int64_t kLeastOfFiltered = limits::kODataPage / 10;
    const int64_t missing = wanted_ - told_ + std::min(skip_, limits::kODataPage);
    return std::clamp(missing, query_.filter ? kLeastOfFiltered : 1, limits::kODataPage);
  }

  OperationAnswer list(const ApiParts& parts, const Caller& caller, int64_t limit,
                       std::function<void(const json::object&)> take) {
    OperationIo io;
    io.line = std::move(take);
    json::object args{{"campaign", set_.campaign}, {"form", set_.form}, {"limit", limit}};
    if (!cursor_.empty() && limit > 0) args["cursor"] = cursor_;
    for (const auto& [name, value] : narrowing_) args[name] = value;
    return call_operation(parts.operations, caller, kListing, args, io);
  }

  void take(const json::object& line) {
    if (query_.top && told_ >= *query_.top) return;
    ++looked_at_;
    json::object row = odata_row(set_, line);
    if (query_.filter && !query_.filter->fits(row)) return;
    if (skip_ > 0) {
      --skip_;
      return;
    }
    if (!query_.select.empty()) {
      json::object some;
      for (const std::string& name : query_.select) some[name] = std::move(row[name]);
      row = std::move(some);
    }
    held_ += (told_++ > 0 ? "," : "") + json::serialize(row);
    if (held_.size() < kHeldBytes) return;
    if (!std::exchange(begun_, true)) reply_.begin(answered(asked_, kODataType, {}));
    reply_.write(std::exchange(held_, {}));
  }

  std::string next() const {
    std::string out = root_of(asked_) + set_.name + "?$skiptoken=" + cursor_;
    if (query_.top) out += "&$top=" + std::to_string(*query_.top - told_);
    if (skip_ > 0) out += "&$skip=" + std::to_string(skip_);
    for (const auto& [option, text] : query_.kept) out += "&" + option + "=" + escaped(text);
    return out;
  }

  void finish() {
    held_ += "]";
    const bool more = !ended_ && (!query_.top || told_ < *query_.top);
    if (more) held_ += ",\"@odata.nextLink\":" + json::serialize(json::value(next()));
    held_ += "}\n";
    if (!begun_) return reply_.send(answered(asked_, kODataType, std::move(held_)));
    reply_.write(held_);
    reply_.end();
  }

  const ODataSet& set_;
  const ODataQuery& query_;
  const Asked& asked_;
  Reply& reply_;
  const int64_t wanted_;
  int64_t skip_;
  std::string cursor_;  // of the list, behind what was read
  json::object narrowing_;
  std::string held_;
  int64_t told_ = 0;
  size_t looked_at_ = 0;
  bool ended_ = false, begun_ = false;
};

void read_set(const ODataSet& set, const Asked& asked, const ApiParts& parts, const Caller& caller,
              Reply& reply) {
  const auto query = ODataQuery::parse(asked.head.query, set);
  if (!query) return refuse(asked, reply, query.refusal());
  if (query->skip_token.empty()) {
    parts.accounts.audit().add({.who = caller.name,
                                .how = name_of(caller.known_by),
                                .from = asked.from,
                                .what = "done",
                                .operation = "odata",
                                .on = set.name});
  }
  const auto read = Page(set, *query, asked, reply).read(parts, caller);
  if (!read) refuse(asked, reply, read.refusal());
}

void answer(const ApiParts& parts, const Asked& asked, Reply& reply) {
  const auto caller = caller_for(kListing, asked, parts);
  if (!caller) {
    parts.accounts.audit().add(refused_line(asked, "odata"));
    return refuse(asked, reply, caller.refusal());
  }
  const auto sets = sets_for(parts, *caller);
  if (!sets) return refuse(asked, reply, sets.refusal());
  const std::string path = asked.head.path.substr(std::string_view(kOData).size());
  if (path == "$metadata") {
    return reply.send(answered(asked, "application/xml", odata_metadata(*sets)));
  }
  if (path.empty()) {
    json::array all;
    for (const ODataSet& set : *sets) {
      all.emplace_back(json::object{{"name", set.name}, {"kind", "EntitySet"}, {"url", set.name}});
    }
    const json::object service{{"@odata.context", root_of(asked) + "$metadata"},
                               {"value", std::move(all)}};
    return reply.send(answered(asked, kODataType, json::serialize(service) + "\n"));
  }
  const auto set = std::find_if(sets->begin(), sets->end(),
                                [&path](const ODataSet& each) { return each.name == path; });
  if (set != sets->end()) return read_set(*set, asked, parts, *caller, reply);
  if (path.find_first_of("/($") != path.npos) {
    return refuse(asked, reply,
                  Refusal{Reason::kUnknownForm,
                          N_("of OData only whole sets are spoken here: /odata/v1/NAME"),
                          {}});
  }
  refuse(asked, reply,
         Refusal{Reason::kUsage, N_("there is no set {} (see /odata/v1/)"), {path.substr(0, 64)}},
         404);
}

}  // namespace

void add_odata_routes(Router& router, const ApiParts& parts) {
  router.add_below("GET", kOData,
                   {[parts](const Asked& asked, Reply& reply) { answer(parts, asked, reply); }});
}

}  // namespace sitelog
