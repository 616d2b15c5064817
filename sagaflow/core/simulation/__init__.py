"""The simulator: it plays a saga in virtual time against scripted participants, with the decisions of `run`."""
