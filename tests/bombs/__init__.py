"""Inputs that ask for too much time or memory. Each is answered, or refused, within a limit."""
