"""The pages of the site. Each view asks the engine and the store, and passes plain values to a template."""
