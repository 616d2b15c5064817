"""Random inputs from Hypothesis for the doors of the system. `make fuzz` tries them for minutes, CI for seconds."""
