"""Texts of the core for people: facts as sentences, and long values cut."""
