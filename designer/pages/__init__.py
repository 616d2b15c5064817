"""The pages of the site. Each view asks the engine and the store, and hands plain values to a template."""
