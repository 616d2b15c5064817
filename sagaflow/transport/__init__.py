"""The way of a hint: brokers, and the thread that sends. A lost hint delays a run; it never loses one."""
