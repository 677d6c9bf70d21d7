# Starting programs.
memprof_test_program(h39_spawns)
memprof_test_program(h40_large)
memprof_test_program(h42_child)
memprof_test_program(h42_same_pid)
memprof_test_program(h43_many)
memprof_test_program(h43_short)
