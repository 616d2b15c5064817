"""The pure core: values and decisions. Standard library only; no clock, chance, I/O or logging."""
