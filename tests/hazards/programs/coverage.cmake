# Programs that the recorder cannot follow, or not wholly, and one of another C library.
find_program(MUSL_GCC musl-gcc)
if(MUSL_GCC)
  add_custom_command(OUTPUT ${MEMPROF_TEST_PROGRAMS}/h51_musl
    COMMAND ${MUSL_GCC} -O2 -g -fno-builtin -Wall -Wextra -Werror -o ${MEMPROF_TEST_PROGRAMS}/h51_musl
            ${CMAKE_CURRENT_LIST_DIR}/h51_musl.c
    DEPENDS ${CMAKE_CURRENT_LIST_DIR}/h51_musl.c VERBATIM)
  add_custom_target(test_h51_musl DEPENDS ${MEMPROF_TEST_PROGRAMS}/h51_musl)
  add_dependencies(memprof_test_programs test_h51_musl)
endif()

memprof_test_program(h52_starts)
find_program(ASSEMBLER as)
find_program(LINKER ld)
set(i386 ${MEMPROF_TEST_PROGRAMS}/h52_i386)
add_custom_command(OUTPUT ${i386}
  COMMAND ${ASSEMBLER} --32 -o h52_i386.o ${CMAKE_CURRENT_LIST_DIR}/h52_i386.s
  COMMAND ${LINKER} -m elf_i386 -pie -dynamic-linker /lib/ld-linux.so.2 -o ${i386} h52_i386.o
  DEPENDS ${CMAKE_CURRENT_LIST_DIR}/h52_i386.s VERBATIM)
add_custom_target(test_h52_i386 DEPENDS ${i386})
add_dependencies(memprof_test_programs test_h52_i386)

# One program in five ways: what its malloc and operator new are.
add_library(test_h66_allocator SHARED h66_allocator.cpp)
set_target_properties(test_h66_allocator PROPERTIES OUTPUT_NAME h66_allocator LINKER_LANGUAGE C)
target_compile_options(test_h66_allocator PRIVATE -O2 -g -fno-builtin -fno-exceptions -fno-rtti)
target_link_libraries(test_h66_allocator PRIVATE memprof_warnings)
foreach(way plain fixed own_new own_malloc linked)
  set(program test_h66_${way})
  add_executable(${program} h66_reported.cpp)
  set_target_properties(${program} PROPERTIES OUTPUT_NAME h66_${way} LINKER_LANGUAGE C)
  target_compile_options(${program} PRIVATE -O2 -g -fno-builtin -fno-exceptions -fno-rtti)
  target_link_libraries(${program} PRIVATE memprof_warnings)
  add_dependencies(memprof_test_programs ${program})
endforeach()
set_target_properties(test_h66_fixed PROPERTIES POSITION_INDEPENDENT_CODE OFF)
target_compile_options(test_h66_fixed PRIVATE -fno-pie)
target_link_options(test_h66_fixed PRIVATE -no-pie)
target_compile_definitions(test_h66_own_new PRIVATE MEMPROF_TEST_OWN_NEW)
target_compile_definitions(test_h66_own_malloc PRIVATE MEMPROF_TEST_OWN_MALLOC)
target_link_libraries(test_h66_linked PRIVATE test_h66_allocator)
foreach(way plain fixed own_malloc)
  target_link_libraries(test_h66_${way} PRIVATE stdc++)
endforeach()
