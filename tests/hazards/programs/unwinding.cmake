# Allocation semantics, and control flow that unwinding meets.
memprof_test_program(h15_introspection)
memprof_test_program(h20_spikes)
memprof_test_program(h77_names)
memprof_test_program(h68_through CXX)

foreach(way default own)
  set(program test_h17_${way})
  add_executable(${program} h17_handlers.cpp)
  set_target_properties(${program} PROPERTIES OUTPUT_NAME h17_${way})
  target_compile_options(${program} PRIVATE -O2 -g -fno-builtin)
  target_include_directories(${program} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${program} PRIVATE memprof_warnings)
  add_dependencies(memprof_test_programs ${program})
endforeach()
target_compile_definitions(test_h17_own PRIVATE MEMPROF_TEST_OWN_NEW)

# The same program without unwind information: never made, and removed from the finished program.
foreach(way unknown fp_only stripped)
  add_executable(test_h69_${way} h69_unknown.c)
  set_target_properties(test_h69_${way} PROPERTIES OUTPUT_NAME h69_${way})
  target_compile_options(test_h69_${way} PRIVATE -O2 -fno-builtin)
  add_dependencies(memprof_test_programs test_h69_${way})
endforeach()
target_compile_options(test_h69_unknown PRIVATE -fno-asynchronous-unwind-tables -fno-unwind-tables -fomit-frame-pointer)
target_compile_options(test_h69_fp_only PRIVATE -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-omit-frame-pointer)
add_custom_command(TARGET test_h69_stripped POST_BUILD
  COMMAND ${CMAKE_OBJCOPY} -R .eh_frame -R .eh_frame_hdr $<TARGET_FILE:test_h69_stripped> VERBATIM)
