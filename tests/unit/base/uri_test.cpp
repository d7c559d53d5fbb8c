#include "base/uri.h"

#include <gtest/gtest.h>

namespace tsunagu {
namespace {

TEST(AbsoluteUri, NeedsASchemeAndAllowedCharacters) {
  for (const char* text : {"urn:ngsi-ld:Shelter:1", "https://example.org/a?b=c#d", "a:b", "x-y+z.1:~_!$&'()*,;=@[]",
                           "urn:a%20b", "mailto:a@b", "http://[::1]:80/"}) {
    EXPECT_TRUE(is_absolute_uri(text)) << text;
  }
  for (const char* text : {"",       ":",       "a:",      "a",         "Shelter",  "//host/a", "/a:b",
                           "1a:b",   "a_b:c",   "urn:a b", "urn:\"a\"", "urn:<a>",  "urn:a%2",  "urn:a%zz",
                           "urn:名", "urn:a\n", "urn:a|b", "urn:{a}",   "urn:a\\b", "urn:a^b"}) {
    EXPECT_FALSE(is_absolute_uri(text)) << text;
  }
}

TEST(AbsoluteIri, AllowsCharactersBeyondAscii) {
  EXPECT_TRUE(is_absolute_iri("https://example.org/避難所#名前"));
  EXPECT_FALSE(is_absolute_iri("避難所:名前"));
  EXPECT_FALSE(is_absolute_iri("urn:避 難"));
}

TEST(ResolveUri, FollowsTheExamplesOfRfc3986) {
  const struct {
    const char* reference;
    const char* target;
  } examples[] = {
      {"g:h", "g:h"},
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q#s"},
      {"g#s", "http://a/b/c/g#s"},
      {"g?y#s", "http://a/b/c/g?y#s"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"g;x?y#s", "http://a/b/c/g;x?y#s"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"g#s/../x", "http://a/b/c/g#s/../x"},
  };
  for (const auto& example : examples) {
    EXPECT_EQ(resolve_uri("http://a/b/c/d;p?q", example.reference), example.target) << example.reference;
  }
  EXPECT_EQ(resolve_uri("https://h", "x.jsonld"), "https://h/x.jsonld");
}

}  // namespace
}  // namespace tsunagu
