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
