"""What the core says to people: facts in sentences, and long values cut."""
