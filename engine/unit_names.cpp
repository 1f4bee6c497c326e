#include "engine/unit_names.hpp"

#include <algorithm>
#include <map>

#include "engine/known_units.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr const char* kUnitMember = "unit";
constexpr const char* kUnitNameMember = "unit_name";

bool has_member(const Shape& shape, std::string_view name) {
  return std::any_of(shape.members.begin(), shape.members.end(),
                     [name](const Member& member) { return member.name == name; });
}

bool is_named(const Shape& shape) {
  return has_member(shape, kUnitMember) && has_member(shape, kUnitNameMember);
}

// Where in an object of this shape names are told: in itself, and in these lists.
struct Places {
  explicit Places(const Shape& shape) : itself(is_named(shape)) {
    for (const Member& member : shape.members) {
      if (!member.shape.items.empty() && is_named(member.shape.items.front())) {
        lists.push_back(member.name);
      }
    }
  }
  bool any() const { return itself || !lists.empty(); }

  bool itself = false;
  std::vector<std::string> lists;
};

// For one call: each unit is looked for once.
class NamesOfUnits {
 public:
  explicit NamesOfUnits(Engine& engine) : engine_(engine) {}

  // Whether there may be anything to tell that is not there already.
  bool lacks(const Places& places, const json::object& told) {
    return (places.itself && name_lacking(told) != nullptr) ||
           std::any_of(places.lists.begin(), places.lists.end(),
                       [&told](const std::string& name) { return told.contains(name); });
  }

  void tell(const Places& places, json::object& told) {
    if (places.itself) tell(told);
    for (const std::string& name : places.lists) {
      auto* list = told.if_contains(name);
      if (list == nullptr || !list->is_array()) continue;
      for (auto& item : list->get_array()) {
        if (auto* object = item.if_object()) tell(*object);
      }
    }
  }

 private:
  void tell(json::object& told) {
    if (const std::string* name = name_lacking(told)) told[kUnitNameMember] = *name;
  }

  const std::string* name_lacking(const json::object& told) {
    const auto* unit = told.if_contains(kUnitMember);
    const bool given = unit != nullptr && unit->is_string() && !unit->get_string().empty();
    if (!given || told.contains(kUnitNameMember)) return nullptr;
    const BookCode code(unit->get_string());
    const std::string& name = name_of(code);
    return name != code ? &name : nullptr;
  }

  const std::string& name_of(const BookCode& code) {
    const auto [at, fresh] = names_.try_emplace(code);
    if (fresh) {
      at->second = engine_.read(
          [&](const Queries& queries) { return KnownUnits(engine_, queries).name(code); });
    }
    return at->second;
  }

  Engine& engine_;
  std::map<BookCode, std::string> names_;
};

}  // namespace

void tell_names_of_units(OperationTable& table, Engine& engine) {
  table.wrap([&engine](const Operation& row, Operation::Run run) -> Operation::Run {
    const Places in_line(row.line.value_or(Shape()));
    const Places in_answer(row.answer);
    if (!in_line.any() && !in_answer.any()) return run;
    return [&engine, in_line, in_answer, run = std::move(run)](const OperationCall& call) {
      NamesOfUnits names(engine);
      OperationIo io = call.io;
      if (in_line.any()) {
        io.line = [&](const json::object& line) {
          if (!names.lacks(in_line, line)) return call.io.line(line);
          json::object named = line;
          names.tell(in_line, named);
          call.io.line(named);
        };
      }
      auto answer = run({call.caller, call.args, io});
      if (answer && in_answer.any()) names.tell(in_answer, *answer);
      return answer;
    };
  });
}

}  // namespace sitelog
