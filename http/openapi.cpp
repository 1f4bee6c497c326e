// The description of what can be asked over HTTPS, from the same rows that are called.
#include <map>

#include "command/terminal/language.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

json::object schema_of(const Argument& argument, Language language) {
  json::object out{{"description", tr(language, argument.help)}};
  switch (argument.type) {
    case ArgumentType::kInteger:
      out["type"] = "integer";
      out["minimum"] = argument.min;
      out["maximum"] = argument.max;
      break;
    case ArgumentType::kFlag: out["type"] = "boolean"; break;
    case ArgumentType::kTexts:
      out["type"] = "array";
      out["items"] = json::object{{"type", "string"}};
      out["maxItems"] = argument.max;
      break;
    case ArgumentType::kFields:
      out["type"] = "object";
      out["maxProperties"] = argument.max;
      break;
    case ArgumentType::kDate:
      out["type"] = "string";
      out["examples"] = json::array{"2020-06-01"};
      break;
    default:
      out["type"] = "string";
      // Bounds are of bytes in UTF-8: what is as many characters may be longer.
      out["maxLength"] = argument.max;
      if (argument.min > 0) out["minLength"] = 1;
  }
  if (!argument.choices.empty()) {
    out["enum"] = json::array(argument.choices.begin(), argument.choices.end());
  }
  return out;
}

// Whom one writes as is not an account's to say.
bool is_asked(const Argument& argument) {
  return argument.name != kPersonArgument;
}

json::object body_of(const Operation& row, Language language) {
  json::object properties;
  json::array required;
  for (const Argument& argument : row.arguments) {
    if (!is_asked(argument)) continue;
    properties[argument.name] = schema_of(argument, language);
    if (argument.required) required.emplace_back(argument.name);
  }
  json::object schema{
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  const bool needed = !required.empty();
  if (needed) schema["required"] = std::move(required);
  json::array one_of;
  for (const auto& names : row.one_of) {
    json::array choices;
    for (const std::string& name : names) {
      choices.emplace_back(json::object{{"required", json::array{json::value(name)}}});
    }
    one_of.emplace_back(json::object{{"oneOf", std::move(choices)}});
  }
  if (!one_of.empty()) schema["allOf"] = std::move(one_of);
  json::object content;
  content[kJsonType] = json::object{{"schema", std::move(schema)}};
  return {{"required", needed}, {"content", std::move(content)}};
}

json::array query_of(const Operation& row, Language language) {
  json::array out;
  for (const Argument& argument : row.arguments) {
    if (!is_asked(argument)) continue;
    out.emplace_back(json::object{{"name", argument.name},
                                  {"in", "query"},
                                  {"required", argument.required},
                                  {"schema", schema_of(argument, language)}});
  }
  return out;
}

json::object header(const char* name, const char* help, Language language) {
  return {{"name", name},
          {"in", "header"},
          {"required", false},
          {"description", tr(language, help)},
          {"schema", {{"type", "string"}}}};
}

// What a request's head may ask for beyond the arguments.
json::array conditions_of(const Operation& row, bool get, Language language) {
  json::array out;
  if (get) {
    out.emplace_back(
        header("If-None-Match", N_("answer 304 where it is what this tag (ETag) says"), language));
  }
  if (row.writes && row.run) {
    out.emplace_back(header("Idempotency-Key",
                            N_("a key of one's own, such as a UUID: by it this is done once"),
                            language));
  }
  if (row.writes && row.argument("seen") != nullptr) {
    out.emplace_back(
        header("If-Match", N_("the tag (ETag) of record.show: in the place of “seen”"), language));
  }
  return out;
}

json::object ref(const char* to) {
  return {{"$ref", to}};
}

json::object answer_schema(const Operation& row) {
  json::object properties{{"answer", sitelog::schema_of(row.answer)}};
  json::array required{"answer"};
  if (row.line) {
    properties["lines"] = json::object{{"type", "array"}, {"items", sitelog::schema_of(*row.line)}};
    properties["problem"] = ref("#/components/schemas/Problem");
  }
  json::object out{{"type", "object"}, {"properties", std::move(properties)}};
  if (!row.line) out["required"] = std::move(required);
  return out;
}

json::object responses_of(const Operation& row, Language language) {
  json::object content;
  content[kJsonType] = json::object{{"schema", answer_schema(row)}};
  if (row.line) {
    content[kJsonLinesType] =
        json::object{{"schema",
                      {{"type", "object"},
                       {"properties",
                        {{"line", sitelog::schema_of(*row.line)},
                         {"progress", {{"type", "object"}}},
                         {"answer", sitelog::schema_of(row.answer)},
                         {"problem", ref("#/components/schemas/Problem")}}}}}};
  }
  return {{"200", {{"description", tr(language, N_("done"))}, {"content", std::move(content)}}},
          {"default", ref("#/components/responses/Problem")}};
}

json::object described(const Operation& row, const char* method, Language language, bool open) {
  const bool get = method == std::string_view("get");
  json::object out{{"operationId", get ? row.name + ".get" : row.name},
                   {"summary", tr(language, row.help)},
                   {"x-right", name_of(row.right)},
                   {"x-writes", row.writes},
                   {"responses", responses_of(row, language)}};
  json::array parameters = get ? query_of(row, language) : json::array();
  for (auto& each : conditions_of(row, get, language)) parameters.emplace_back(std::move(each));
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  if (!get) out["requestBody"] = body_of(row, language);
  if (open) out["security"] = json::array();
  return out;
}

// What is given as a file, not as JSON.
json::object file_of_export(Language language) {
  json::object content;
  content["*/*"] = json::object{};
  const json::object bytes{{"description", tr(language, N_("done"))},
                           {"content", std::move(content)}};
  return {
      {"operationId", "exports.file.get"},
      {"summary", tr(language, N_("the file of one's own export, whole or a range of it"))},
      {"x-right", name_of(Right::kRead)},
      {"x-writes", false},
      {"parameters",
       json::array{
           {{"name", "id"}, {"in", "query"}, {"required", true}, {"schema", {{"type", "string"}}}},
           {{"name", "Range"}, {"in", "header"}, {"schema", {{"type", "string"}}}}}},
      {"responses",
       {{"200", bytes}, {"206", bytes}, {"default", ref("#/components/responses/Problem")}}}};
}

json::object file_of_table(const Operation& row, Language language) {
  json::object content;
  content["*/*"] = json::object{};
  return {{"operationId", row.name + ".get"},
          {"summary", tr(language, row.help)},
          {"x-right", name_of(row.right)},
          {"x-writes", false},
          {"parameters", query_of(row, language)},
          {"responses",
           {{"200", {{"description", tr(language, N_("done"))}, {"content", std::move(content)}}},
            {"default", ref("#/components/responses/Problem")}}}};
}

json::object problem_schema() {
  const json::object text{{"type", "string"}};
  const json::object one{{"type", "object"},
                         {"required", {"reason", "detail"}},
                         {"properties", {{"reason", text}, {"detail", text}}}};
  return {
      {"type", "object"},
      {"required", {"type", "title", "status", "detail", "reason"}},
      {"properties",
       {{"type", text},
        {"title", text},
        {"status", {{"type", "integer"}}},
        {"detail", text},
        {"reason", text},
        {"errors",
         {{"type", "object"}, {"additionalProperties", {{"type", "array"}, {"items", one}}}}}}}};
}

json::object components(Language language) {
  json::object content;
  content[kProblemType] = json::object{{"schema", ref("#/components/schemas/Problem")}};
  return {{"schemas", {{"Problem", problem_schema()}}},
          {"responses",
           {{"Problem",
             {{"description", tr(language, N_("refused, and why (RFC 9457)"))},
              {"content", std::move(content)}}}}},
          {"securitySchemes",
           {{"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", kSessionCookie}}},
            {"token", {{"type", "http"}, {"scheme", "bearer"}}}}}};
}

json::object events_described(Language language) {
  json::object content;
  content["text/event-stream"] = json::object{{"schema", {{"type", "string"}}}};
  json::array parameters{header(
      "Last-Event-ID", N_("the id of the last event that was read: go on behind it"), language)};
  return {{"operationId", "events"},
          {"summary", tr(language, N_("what changes, as it does (server-sent events)"))},
          {"x-right", name_of(Right::kRead)},
          {"x-writes", false},
          {"parameters", std::move(parameters)},
          {"responses",
           {{"200", {{"description", tr(language, N_("done"))}, {"content", std::move(content)}}},
            {"default", ref("#/components/responses/Problem")}}}};
}

}  // namespace

json::object openapi(const OperationTable& table, Language language) {
  json::object paths;
  for (const auto& [name, row] : table.rows()) {
    json::object path{{"post", described(row, "post", language, false)}};
    if (!row.writes) path["get"] = described(row, "get", language, false);
    paths[kApi + name] = std::move(path);
  }
  paths[kApi + std::string("exports.file")] = json::object{{"get", file_of_export(language)}};
  for (const Operation& row : {report_file_row(table), units_file_row(table)}) {
    paths[kApi + row.name] = json::object{{"get", file_of_table(row, language)}};
  }
  for (const Operation& row : {sign_in_row(), set_up_row()}) {
    paths[kApi + row.name] = json::object{{"post", described(row, "post", language, true)}};
  }
  paths[kApi + list_sessions_row().name] =
      json::object{{"get", described(list_sessions_row(), "get", language, false)}};
  for (const Operation& row :
       {change_password_row(), end_session_row(), looking_row(), second_factor_row(),
        confirm_second_factor_row(), remove_second_factor_row()}) {
    paths[kApi + row.name] = json::object{{"post", described(row, "post", language, false)}};
  }
  Operation session = sign_in_row();
  session.help = N_("who is signed in");
  session.arguments.clear();
  session.writes = false;
  json::object& at_session = paths[kApi + std::string("session")].as_object();
  at_session["get"] = described(session, "get", language, false);
  Operation sign_out{.name = "session.delete", .writes = true, .help = N_("sign out")};
  json::object deleted = described(sign_out, "delete", language, false);
  deleted.erase("requestBody");
  deleted["parameters"] =
      json::array{{{"name", "everywhere"}, {"in", "query"}, {"schema", {{"type", "boolean"}}}}};
  at_session["delete"] = std::move(deleted);
  paths[kApi + std::string("events")] = json::object{{"get", events_described(language)}};
  json::object session_scheme{{"session", json::array()}}, token_scheme{{"token", json::array()}};
  return {{"openapi", "3.1.0"},
          {"info", {{"title", "Sitelog"}, {"version", "1"}}},
          {"paths", std::move(paths)},
          {"security", {std::move(session_scheme), std::move(token_scheme)}},
          {"components", components(language)}};
}

std::string openapi_text(const OperationTable& table, Language language) {
  return json::serialize(openapi(table, language)) + "\n";
}

void add_description_route(Router& router, const ApiParts& parts) {
  const auto made = [&parts](Language language) {
    return openapi_text(parts.operations, language);
  };
  router.add(
      "GET", kApi + std::string("openapi.json"),
      {[zh = made(Language::kChinese), en = made(Language::kEnglish)](const Asked& asked,
                                                                      Reply& reply) {
         reply.send({200, std::string(kJsonType), asked.language == Language::kEnglish ? en : zh});
       },
       true});
}

}  // namespace sitelog
