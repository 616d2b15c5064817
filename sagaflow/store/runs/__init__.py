"""One run in one transaction: lock, read, save, and everything that is saved together."""
