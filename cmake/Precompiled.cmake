# What nearly every source reads, parsed once for all of them: sitelog_precompile(TARGET KIND).
#
#   base   the standard library's common headers and Boost.JSON
#   test   those, Catch2 and RapidCheck
#   asio   those of base, Boost.Asio and OpenSSL
#   cli    those of base and CLI11
#
# It only saves time: each source still includes what it uses (the preset `fuzz` builds without).
set(std <algorithm> <array> <chrono> <cstdint> <cstring> <deque> <functional> <map> <memory>
        <optional> <set> <string> <string_view> <system_error> <thread> <utility> <variant>
        <vector>)
set(headers_base ${std} <boost/json.hpp>)
set(headers_test ${headers_base} <catch2/catch.hpp> <rapidcheck.h>)
set(headers_asio ${headers_base} <boost/asio.hpp> <boost/asio/ssl.hpp>)
set(headers_cli ${headers_base} <CLI/CLI.hpp>)

foreach(kind base test asio cli)
  add_library(sitelog_precompiled_${kind} STATIC EXCLUDE_FROM_ALL
    ${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp)
  target_precompile_headers(sitelog_precompiled_${kind} PRIVATE ${headers_${kind}})
  target_link_libraries(sitelog_precompiled_${kind} PRIVATE Boost::json)
endforeach()
target_link_libraries(sitelog_precompiled_test PRIVATE Catch2::Catch2 rapidcheck)
# The code of a test program itself is not what is tested: without optimiser, and without the checks
# of UBSan at each member and reference, it takes half the time. Its other checks stay, and ASan.
set(options_test
  $<$<CXX_COMPILER_ID:GNU>:-O0$<SEMICOLON>-fno-sanitize=null$<COMMA>alignment$<COMMA>vptr>)
target_compile_options(sitelog_precompiled_test PRIVATE ${options_test})
target_link_libraries(sitelog_precompiled_asio PRIVATE OpenSSL::SSL Threads::Threads)
target_link_libraries(sitelog_precompiled_cli PRIVATE CLI11::CLI11)

function(sitelog_precompile target kind)
  # They count as read only where the same macros are set.
  target_compile_definitions(${target}
    PRIVATE $<TARGET_PROPERTY:Boost::json,INTERFACE_COMPILE_DEFINITIONS>)
  # Programs too are compiled as libraries are, or what those have read would not fit.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fPIC>)
  target_compile_options(${target} PRIVATE ${options_${kind}})
  target_precompile_headers(${target} REUSE_FROM sitelog_precompiled_${kind})
endfunction()
