// The file of an export, to whoever started it: whole, or from where a reader was cut off.
#include <algorithm>
#include <functional>
#include <stdexcept>

#include "http/byte_range.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

namespace {

constexpr size_t kReadAtOnce = 64 * 1024;
// Sent before it is asked again whether it may be: who reads slowly may read for hours.
constexpr uint64_t kSentUnasked = 4 << 20;
constexpr const char* kShowing = "exports.show";

std::string id_asked(const Asked& asked) {
  if (asked.head.query.size() != 1 || asked.head.query.front().first != "id") return {};
  return asked.head.query.front().second;
}

// What another's is told of too.
Response not_there(const Asked& asked) {
  return problem_response(
      Refusal{Reason::kUsage, N_("there is no such export of yours, or it is not done yet"), {}},
      404, asked.language);
}

// What the account may have of it as its roles, and the token, are at this moment.
Result<std::optional<Download>> find_file(const ApiParts& parts, const Asked& asked,
                                          const std::string& id) {
  const auto caller = caller_for(kShowing, asked, parts);
  if (!caller) return std::optional<Download>();
  return parts.exported(*caller, id);
}

// Whole, where nothing else is asked for; nothing where what is asked for lies behind the end.
std::optional<ByteRange> range_of(const Asked& asked, uint64_t bytes, const std::string& tag) {
  const ByteRange whole{0, bytes};
  const auto field = asked.head.field("range");
  if (field.empty() || asked.head.count("range") > 1) return whole;
  const auto only_if = asked.head.field("if-range");
  if (!only_if.empty() && only_if != tag) return whole;
  const auto wanted = parse_range(field, bytes);
  return wanted ? wanted->range : whole;
}

// False where it was broken off: the account may not have it any more.
bool send(const Download& file, const ByteRange& range, Response head, Reply& reply,
          const std::function<bool()>& may) {
  head.written_bytes = range.size;
  reply.begin(std::move(head));
  uint64_t sent = 0, unasked = 0;
  std::string piece;
  while (sent < range.size) {
    if (unasked >= kSentUnasked) {
      unasked = 0;
      if (!may()) return false;
    }
    piece = file.read(range.first + sent, std::min<uint64_t>(kReadAtOnce, range.size - sent));
    if (piece.empty()) throw std::runtime_error("an export's file ends too early");
    reply.write(piece);
    sent += piece.size();
    unasked += piece.size();
  }
  reply.end();
  return true;
}

void give(const ApiParts& parts, const Asked& asked, Reply& reply) {
  const std::string& account = asked.visitor->account;
  const std::string id = id_asked(asked);
  const auto found = find_file(parts, asked, id);
  const std::optional<Download> file = found ? *found : std::nullopt;
  AuditLine audited{.who = account,
                    .how = name_of(asked.visitor->known_by),
                    .from = asked.from,
                    .what = file ? "done" : "refused",
                    .operation = "exports.file",
                    .on = "id=" + id.substr(0, 64)};
  if (!file) {
    if (!found) audited.reason = name_of(found.refusal().reason);
    parts.accounts.audit().add(audited);
    return reply.send(found ? not_there(asked)
                            : problem_response(found.refusal(), 403, asked.language));
  }
  const std::string tag = "\"" + file->digest + "\"";
  Response head{200, file->type, {}};
  head.fields = {
      {"ETag", tag}, {"Accept-Ranges", "bytes"}, {"Content-Disposition", attachment(file->name)}};
  if (names_tag(asked.head.field("if-none-match"), tag)) {
    head.status = 304;
    head.type.clear();
    return reply.send(std::move(head));
  }
  const auto range = range_of(asked, file->bytes, tag);
  if (!range) {
    Response behind =
        problem_response(Refusal{Reason::kUsage,
                                 N_("the file has {} bytes: nothing of it lies there"),
                                 {std::to_string(file->bytes)}},
                         416, asked.language);
    behind.fields.emplace_back("Content-Range", "bytes */" + std::to_string(file->bytes));
    return reply.send(std::move(behind));
  }
  // Once for each file that somebody has: where it begins.
  if (range->first == 0) parts.accounts.audit().add(audited);
  if (range->size != file->bytes) {
    head.status = 206;
    head.fields.emplace_back("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                                  std::to_string(range->first + range->size - 1) +
                                                  "/" + std::to_string(file->bytes));
  }
  if (range->size == 0) return reply.send(std::move(head));
  const bool sent = send(*file, *range, std::move(head), reply, [&] {
    const auto now = find_file(parts, asked, id);
    return now && now->has_value();
  });
  if (sent) return;
  audited.what = "broken_off";
  parts.accounts.audit().add(audited);
  reply.break_off(not_there(asked));
}

}  // namespace

void add_export_route(Router& router, const ApiParts& parts) {
  router.add("GET", std::string(kApi) + "exports.file",
             {.handler = [parts](const Asked& asked, Reply& reply) { give(parts, asked, reply); },
              .file = true});
}

}  // namespace sitelog
