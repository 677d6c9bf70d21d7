"""What scripts/bench is made of:

bench      the session: options, where programs and traces are, running and timing commands
profilers  the ways in which a command is run: alone, under memprof, under heaptrack
inputs     the generated input files
workloads  the commands of the overhead table
tables     numbers to text
machine    what it was measured on
sections   the sections, each with its tables
"""
