"""Recordings as files: our own form, line by line, and what other tools leave behind."""
