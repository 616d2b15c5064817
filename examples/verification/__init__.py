"""StreamTech verifies a customer (scenario S3): in one transaction, as a saga, and by two-phase commit."""
