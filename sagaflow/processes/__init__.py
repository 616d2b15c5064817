"""The processes of an installation (worker, sweeper, relay and others) and their supervision."""
