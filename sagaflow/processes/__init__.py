"""The processes of an installation: worker, sweeper, relay and their like, and what keeps each of them running."""
