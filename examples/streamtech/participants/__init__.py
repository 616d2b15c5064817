"""The actions of StreamTech's services. A service knows its own tables, the input, and what earlier steps returned."""

from examples.streamtech.participants import (
    loyalty,
    notifications,
    order,
    payment,
    purchasing,
    recommendation,
    warehouse,
)

__all__ = ["loyalty", "notifications", "order", "payment", "purchasing", "recommendation", "warehouse"]
