"""JSON Schema for inputs: reading, defaults, and the faults of a schema. It knows nothing of sagas."""
