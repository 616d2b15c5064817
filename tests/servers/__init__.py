"""Private PostgreSQL, Redis, RabbitMQ and NATS servers: on free ports, in a temporary folder, removed with their owner.

They are fixtures (fixtures.py) for tests that break them, and a launcher (`python -m tests.servers exec`) runs a
command, such as the whole database suite, against them.
"""
