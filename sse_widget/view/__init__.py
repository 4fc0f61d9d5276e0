"""The Jupyter side: widgets, what they are sent, and when a run shows itself."""
