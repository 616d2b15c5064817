"""The unit of work of one run: lock, read, save, and everything that is saved in the same transaction."""
