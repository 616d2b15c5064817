"""Brokers that carry hints, and the thread that sends them. A lost hint delays a run; the run itself is never lost."""
