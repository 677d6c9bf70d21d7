# Limits on what a program may have.
memprof_test_program(h57_lowered)
memprof_test_program(h55_filtered)
memprof_test_program(h56_limited)
memprof_test_program(h47_mappings)
