"""A saga as a value: its parts, what makes it valid, and its document. It knows nothing of runs."""
