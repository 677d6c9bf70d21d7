# Threads and signals.
memprof_test_program(h23_last_words)
memprof_test_program(h27_cancel)
memprof_test_program(h30_queue)
memprof_test_program(h31_mask)
memprof_test_program(h33_wild)
memprof_test_program(h49_late)
