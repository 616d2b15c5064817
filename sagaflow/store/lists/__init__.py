"""Queries about many runs, for lists, pages and counts. They return frozen values, and change nothing."""
