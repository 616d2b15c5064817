"""Companies that run sagas: each app has real participants with tables of its own, and imports no other example."""
