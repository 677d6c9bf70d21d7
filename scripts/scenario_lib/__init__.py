"""What scripts/scenarios is made of: world runs the commands, scenarios are what is measured and
checked, memory_doc is docs/memory.md."""
