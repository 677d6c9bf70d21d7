# Limits on what a program may have.
memprof_test_program(h57_lowered)
