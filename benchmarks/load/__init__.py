"""How much one kernel carries: many streams at once, and one that is very long. `make load` measures both."""
