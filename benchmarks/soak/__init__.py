"""Minutes of many streams with faults at random, and of people who do at random what can be done with a stream."""
