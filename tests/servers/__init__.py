"""Private PostgreSQL, Redis and RabbitMQ servers: on free ports, in a temporary folder, gone when their owner is.

As fixtures (fixtures.py) for tests that break them, and as a launcher (`python -m tests.servers exec`) that runs a
command, such as the whole database suite, against them.
"""
