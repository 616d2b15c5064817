"""A saga played in virtual time against scripted participants: nothing but the decisions of `run`."""
