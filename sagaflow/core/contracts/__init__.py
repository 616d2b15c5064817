"""The contract of a saga with other systems: the events that it publishes and hears, and what a new version changes."""

from sagaflow.core.contracts.asyncapi import describe
from sagaflow.core.contracts.changes import Change, Effect, changes
from sagaflow.core.contracts.expectations import expected, unmet
from sagaflow.core.contracts.messages import Message, heard, published

__all__ = ["Change", "Effect", "Message", "changes", "describe", "expected", "heard", "published", "unmet"]
