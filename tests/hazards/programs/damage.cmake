# Programs whose traces are damaged afterwards.
memprof_test_program(h83_rich)
