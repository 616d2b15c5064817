"""Companies that run sagas: each app has real participants with their own tables, and imports no other example."""
