"""JSON Schema for inputs: evaluation, defaults, and the faults of a schema. This package knows nothing of sagas."""
