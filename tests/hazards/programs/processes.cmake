# Making processes, and what they give up or are denied.
memprof_test_program(h36_threads)
memprof_test_program(h40_images)
memprof_test_program(h40_shows)
memprof_test_program(h42_symlink)
memprof_test_program(h46_large)
