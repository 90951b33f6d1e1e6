// Catch2, whichever version the distribution ships: 2 (one header) or 3 (many). Tests include this and nothing of
// Catch2's own. Written alike for both: TEST_CASE, SECTION, CHECK, REQUIRE, CHECK_THAT, INFO, GENERATE, Approx,
// Catch::Matchers::StartsWith and EndsWith (but Contains is another thing in each).
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_message.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/catch_tostring.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
