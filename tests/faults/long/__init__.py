"""An app with a long saga: each snapshot of a run is long, too."""
