"""A saga whose runs wait for decisions, for the tests of the inbox."""
