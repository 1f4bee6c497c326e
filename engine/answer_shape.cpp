#include "engine/answer_shape.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace sitelog {

namespace json = boost::json;

namespace {

const char* name_of(Shape::Kind kind) {
  switch (kind) {
    case Shape::Kind::kText: return "text";
    case Shape::Kind::kInteger: return "integer";
    case Shape::Kind::kNumber: return "number";
    case Shape::Kind::kFlag: return "true or false";
    case Shape::Kind::kObject: return "object";
    case Shape::Kind::kList: return "list";
    case Shape::Kind::kMap: return "map";
    case Shape::Kind::kAny: return "any";
  }
  return "any";
}

bool is_of_kind(const json::value& value, Shape::Kind kind) {
  switch (kind) {
    case Shape::Kind::kText: return value.is_string();
    case Shape::Kind::kInteger: return value.is_int64() || value.is_uint64();
    case Shape::Kind::kNumber: return value.is_number();
    case Shape::Kind::kFlag: return value.is_bool();
    case Shape::Kind::kObject:
    case Shape::Kind::kMap: return value.is_object();
    case Shape::Kind::kList: return value.is_array();
    case Shape::Kind::kAny: return true;
  }
  return false;
}

std::string misfit_in_object(const Shape& shape, const json::object& object) {
  for (const Member& member : shape.members) {
    const auto* value = object.if_contains(member.name);
    if (value == nullptr) {
      if (member.always) return "." + member.name + ": missing";
      continue;
    }
    const std::string found = misfit(member.shape, *value);
    if (!found.empty()) return "." + member.name + found;
  }
  for (const auto& [name, value] : object) {
    const std::string key(name);
    const bool known = std::any_of(shape.members.begin(), shape.members.end(),
                                   [&](const Member& member) { return member.name == key; });
    if (!known) return "." + key + ": not named in the shape";
  }
  return {};
}

const char* type_of(Shape::Kind kind) {
  switch (kind) {
    case Shape::Kind::kText: return "string";
    case Shape::Kind::kInteger: return "integer";
    case Shape::Kind::kNumber: return "number";
    case Shape::Kind::kFlag: return "boolean";
    case Shape::Kind::kList: return "array";
    default: return "object";
  }
}

}  // namespace

std::string misfit(const Shape& shape, const json::value& value) {
  if (value.is_null() && shape.nullable) return {};
  if (!is_of_kind(value, shape.kind)) {
    return ": not " + std::string(name_of(shape.kind)) + ": " + json::serialize(value);
  }
  if (shape.kind == Shape::Kind::kObject) return misfit_in_object(shape, value.get_object());
  if (shape.kind == Shape::Kind::kList) {
    for (const auto& item : value.get_array()) {
      const std::string found = misfit(shape.items.front(), item);
      if (!found.empty()) return "[]" + found;
    }
  }
  if (shape.kind == Shape::Kind::kMap) {
    for (const auto& [name, item] : value.get_object()) {
      const std::string found = misfit(shape.items.front(), item);
      if (!found.empty()) return "." + std::string(name) + found;
    }
  }
  return {};
}

std::string text_of(const Shape& shape) {
  std::string out;
  if (shape.kind == Shape::Kind::kObject) {
    for (const Member& member : shape.members) {
      out += (out.empty() ? "{" : ", ") + member.name + (member.always ? ": " : "?: ") +
             text_of(member.shape);
    }
    out = out.empty() ? "{}" : out + "}";
  } else if (shape.kind == Shape::Kind::kList) {
    out = "[" + text_of(shape.items.front()) + " …]";
  } else if (shape.kind == Shape::Kind::kMap) {
    out = "{NAME: " + text_of(shape.items.front()) + " …}";
  } else {
    out = name_of(shape.kind);
  }
  return shape.nullable && shape.kind != Shape::Kind::kAny ? out + " or null" : out;
}

json::object schema_of(const Shape& shape) {
  if (shape.kind == Shape::Kind::kAny) return {};
  json::object out;
  if (shape.nullable) {
    out["type"] = json::array{type_of(shape.kind), "null"};
  } else {
    out["type"] = type_of(shape.kind);
  }
  if (shape.kind == Shape::Kind::kList) out["items"] = schema_of(shape.items.front());
  if (shape.kind == Shape::Kind::kMap) out["additionalProperties"] = schema_of(shape.items.front());
  if (shape.kind == Shape::Kind::kObject) {
    json::object properties;
    json::array required;
    for (const Member& member : shape.members) {
      properties[member.name] = schema_of(member.shape);
      if (member.always) required.emplace_back(member.name);
    }
    out["properties"] = std::move(properties);
    if (!required.empty()) out["required"] = std::move(required);
    out["additionalProperties"] = false;
  }
  return out;
}

}  // namespace sitelog
