# Where all programs under test lie, and the target that builds them.
set(MEMPROF_TEST_PROGRAMS ${CMAKE_BINARY_DIR}/test_programs)
add_custom_target(memprof_test_programs)

# memprof_test_program(NAME [CXX] [LIBRARIES...]): without CXX it is linked without the C++ runtime, which
# allocates for itself: all that such a program allocates is in its ledger.
function(memprof_test_program name)
  cmake_parse_arguments(PROGRAM "CXX" "" "LIBRARIES" ${ARGN})
  add_executable(test_${name} ${name}.cpp)
  set_target_properties(test_${name} PROPERTIES OUTPUT_NAME ${name})
  target_compile_options(test_${name} PRIVATE -O2 -g -fno-builtin)
  target_link_libraries(test_${name} PRIVATE memprof_warnings ${PROGRAM_LIBRARIES})
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR})
  if(NOT PROGRAM_CXX)
    target_compile_options(test_${name} PRIVATE -fno-exceptions -fno-rtti -fno-threadsafe-statics)
    set_target_properties(test_${name} PROPERTIES LINKER_LANGUAGE C)
  endif()
  add_dependencies(memprof_test_programs test_${name})
endfunction()
