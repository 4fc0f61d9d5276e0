"""A session as plain text: lanes drawn as boxes, once or live in a terminal, for wherever no widget can be shown."""
