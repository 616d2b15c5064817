"""Questions about many runs at once, for lists, pages and counts. Nothing here changes a run."""
