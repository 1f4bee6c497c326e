#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <utility>
#include <vector>

// What an operation's answer looks like, for whoever describes it or checks it.
namespace sitelog {

struct Member;

struct Shape {
  enum class Kind { kText, kInteger, kNumber, kFlag, kObject, kList, kMap, kAny };
  Kind kind = Kind::kAny;
  bool nullable = false;
  std::vector<Member> members;  // of kObject
  std::vector<Shape> items;     // of kList and kMap: one, of each item
};

struct Member {
  std::string name;
  Shape shape;
  bool always = true;  // else it is left out where it says nothing
};

namespace shape {
inline Shape text() {
  return {Shape::Kind::kText, false, {}, {}};
}
inline Shape integer() {
  return {Shape::Kind::kInteger, false, {}, {}};
}
inline Shape number() {
  return {Shape::Kind::kNumber, false, {}, {}};
}
inline Shape flag() {
  return {Shape::Kind::kFlag, false, {}, {}};
}
inline Shape any() {
  return {Shape::Kind::kAny, true, {}, {}};
}
inline Shape object(std::vector<Member> members) {
  return {Shape::Kind::kObject, false, std::move(members), {}};
}
inline Shape list(Shape item) {
  return {Shape::Kind::kList, false, {}, {std::move(item)}};
}
// Names that are data, each with one of these.
inline Shape map(Shape item) {
  return {Shape::Kind::kMap, false, {}, {std::move(item)}};
}
inline Shape or_null(Shape of) {
  of.nullable = true;
  return of;
}
inline Member sometimes(std::string name, Shape of) {
  return {std::move(name), std::move(of), false};
}
}  // namespace shape

// Where `value` is not as `shape` says, a path to it and what it is; empty where it fits. Members
// that the shape doesn't name don't fit.
std::string misfit(const Shape& shape, const boost::json::value& value);
// The shape as people read it: {"record": text, "warnings"?: [any]}.
std::string text_of(const Shape& shape);
// JSON Schema (2020-12) of it, as OpenAPI 3.1 takes it.
boost::json::object schema_of(const Shape& shape);

}  // namespace sitelog
