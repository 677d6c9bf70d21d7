# What else a process may hold from its start: registrations, namespaces, other allocators. The function is that of
# linking.cmake.
memprof_test_program(h05_registers)

memprof_test_program(h65_namespaces)
memprof_test_library(h65_other h65_other.cpp)
memprof_test_library(h65_audit h65_audit.cpp)

memprof_test_program(h66_prefixed)
foreach(allocator jemalloc.so.2 tcmalloc_minimal.so.4 mimalloc.so.2.0)
  find_library(H66_${allocator} NAMES lib${allocator})
  if(H66_${allocator})
    set(program test_h66_with_${allocator})
    add_executable(${program} h66_with.cpp)
    set_target_properties(${program} PROPERTIES OUTPUT_NAME h66_with_${allocator} LINKER_LANGUAGE C)
    target_compile_options(${program} PRIVATE
      -O2 -g -fno-builtin -fno-exceptions -fno-rtti -fno-threadsafe-statics)
    target_include_directories(${program} PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${program} PRIVATE memprof_warnings ${H66_${allocator}})
    add_dependencies(memprof_test_programs ${program})
  endif()
endforeach()
