#include "http/keyed_write.hpp"

#include "engine/limits.hpp"
#include "http/admission.hpp"
#include "http/conditions.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// All that makes a request another one.
Hash request_of(const Operation& operation, const Asked& asked) {
  Hasher out;
  const auto add = [&out](std::string_view part) { out.add(sha256(as_bytes(part)).view()); };
  add(operation.name);
  add(asked.body);
  add(asked.head.field("if-match"));
  for (const auto& [name, value] : asked.head.query) {
    add(name);
    add(value);
  }
  return out.finish();
}

}  // namespace

KeyedWrite::KeyedWrite(const Operation& operation, const ApiParts& parts, const Asked& asked,
                       const Result<Caller>& caller)
    : operation_(operation), parts_(parts), asked_(asked), caller_(caller) {}

bool KeyedWrite::answers(GrowingAnswer& growing, Reply& reply) {
  if (!operation_.writes || !caller_ || !has_right(*caller_, operation_.right)) return false;
  const auto key = idempotency_key(asked_.head);
  if (!key) {
    refuse(reply, 400, key.refusal());
    return true;
  }
  return key->has_value() && begin(growing, reply, **key);
}

bool KeyedWrite::begin(GrowingAnswer& growing, Reply& reply, const std::string& key) {
  AskedOnce::Asking asking{caller_->name, key, request_of(operation_, asked_), operation_.secret};
  for (const Role& role : caller_->roles) asking.by.insert(name_of_role(role));
  asking.scope = scope_of(*caller_, operation_.right);
  asking.of_one = !operation_.line;
  auto begun = parts_.asked.begin(asking);
  if (auto* turn = std::get_if<std::unique_ptr<AskedOnce::Turn>>(&begun)) {
    turn_ = std::move(*turn);
    return false;
  }
  if (const auto* before = std::get_if<AskedOnce::Before>(&begun)) {
    answer_again(growing, reply, *before);
  } else if (std::get<AskedOnce::Refused>(begun) == AskedOnce::Refused::kUnderWay) {
    refuse(reply, 409,
           {Reason::kUsage,
            N_("what was asked by this Idempotency-Key is being done just now: ask again in a "
               "moment to be told how it ended"),
            {}});
  } else {
    refuse(reply, 422,
           {Reason::kUsage,
            N_("this Idempotency-Key was used for another request: nothing was done; a new request "
               "needs a new key"),
            {}});
  }
  return true;
}

void KeyedWrite::answer_again(GrowingAnswer& growing, Reply& reply,
                              const AskedOnce::Before& before) {
  if (!before.may_be_told) {
    parts_.accounts.audit().add(refused_line(asked_, operation_.name));
    return refuse(reply, 403,
                  {Reason::kNotPermitted,
                   N_("what was asked by this Idempotency-Key was done before; your roles are "
                      "others now, so how it was answered is not told again"),
                   {}});
  }
  if (before.answer) {
    for (const auto& line : before.answer->at("lines").as_array()) {
      growing.add("line", line.as_object());
    }
    const auto& answer = before.answer->at("answer").as_object();
    AnswerExtras extras;
    if (const auto* seen = answer.if_contains("seen"); seen != nullptr && seen->is_string()) {
      extras.fields.emplace_back("ETag", tag_of_seen(std::string_view(seen->get_string())));
    }
    return growing.finish(answer, std::move(extras));
  }
  // It was killed between doing it and answering: nobody was told another answer.
  if (before.written && !operation_.line && misfit(operation_.answer, *before.written).empty()) {
    return growing.finish(*before.written);
  }
  refuse(reply, 409,
         {Reason::kUsage,
          N_("what was asked by this Idempotency-Key was done before, or begun and broken off; how "
             "it was answered is not known any more: look at what is there, and ask for what is "
             "missing by a new key"),
          {}});
}

void KeyedWrite::tell(GrowingAnswer& growing, const char* kind, const json::object& said) {
  if (turn_ && lines_ && kind == std::string_view("line")) {
    bytes_ += json::serialize(said).size();
    if (bytes_ <= limits::kAskedAnswerBytesMax) {
      lines_->push_back(said);
    } else {
      lines_.reset();
    }
  }
  if (reader_gone_) return;
  try {
    growing.add(kind, said);
  } catch (const ReaderGone&) {
    if (!turn_) throw;
    reader_gone_ = true;
  }
}

void KeyedWrite::ended(const OperationAnswer& answer) {
  if (turn_ && answer) {
    std::optional<json::object> kept;
    if (lines_) kept = json::object{{"lines", *std::move(lines_)}, {"answer", *answer}};
    turn_->done(kept);
  }
  turn_.reset();
}

void KeyedWrite::refuse(Reply& reply, int status, Refusal why) const {
  Response out = problem_response(DetailedRefusal(std::move(why)), status, asked_.language);
  if (status == 409) out.fields.emplace_back("Retry-After", "1");
  reply.send(std::move(out));
}

}  // namespace sitelog
