"""A run as a value: its state, the reports that it takes, and the facts that each decision records."""
