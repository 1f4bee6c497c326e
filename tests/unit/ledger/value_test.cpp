#include "support.hpp"

using namespace sitelog;

TEST_CASE("The order of values is total and agrees with equality") {
  rc::prop("any two values compare one way", [](const Value& a, const Value& b) {
    RC_ASSERT((a < b) + (b < a) + (a == b) == 1);
    RC_ASSERT((a == b) == (b == a));
    RC_ASSERT((a == b) == (a.held == b.held));
  });
  rc::prop("a value equals itself", [](const Value& a) {
    const Value copy = a;
    RC_ASSERT(copy == a);
    RC_ASSERT_FALSE(copy < a);
  });
  rc::prop("it is transitive", [](Value a, Value b, Value c) {
    if (b < a) std::swap(a, b);
    if (c < b) std::swap(b, c);
    if (b < a) std::swap(a, b);
    RC_ASSERT(a <= b);
    RC_ASSERT(b <= c);
    RC_ASSERT(a <= c);
  });
}

TEST_CASE("Values of different kinds are never equal") {
  const std::vector<Value> all{Value(),
                               Value(""),
                               Value("0"),
                               Value(0),
                               Value(false),
                               Value(TextList{}),
                               Value(TextList{""}),
                               Value(Structure{}),
                               Value(Structure{{"", Value()}})};
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t j = 0; j < all.size(); ++j) {
      INFO(all[i] << " and " << all[j]);
      CHECK((all[i] == all[j]) == (i == j));
      CHECK((all[i] < all[j]) == (i < j));
    }
  }
}

TEST_CASE("A list is compared in order, a structure by its members' names") {
  CHECK(Value(TextList{"a", "b"}) != Value(TextList{"b", "a"}));
  CHECK(Value(TextList{"a"}) < Value(TextList{"a", "b"}));
  CHECK(Value(Structure{{"a", 1}, {"b", 2}}) == Value(Structure{{"b", 2}, {"a", 1}}));
  CHECK(Value(Structure{{"a", 2}}) < Value(Structure{{"b", 1}}));
  CHECK(Value(Structure{{"a", 1}}) < Value(Structure{{"a", 2}}));
}

TEST_CASE("Numbers are compared as numbers") {
  CHECK(Value(9) < Value(10));
  CHECK(Value(-1) < Value(0));
  CHECK(Value(std::numeric_limits<int64_t>::min()) < Value(std::numeric_limits<int64_t>::max()));
}

TEST_CASE("A text literal makes a text, not a flag") {
  CHECK(Value("yes").text() != nullptr);
  CHECK(Value(true).flag() != nullptr);
  CHECK(Value(1).integer() != nullptr);
  CHECK(Value().is_cleared());
  CHECK_FALSE(Value("").is_cleared());
}
