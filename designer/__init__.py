"""The pages of Sagaflow: lists, the live view of a run, repairs, and the simulation of a definition."""

DISTRIBUTION = "django-sagaflow"
"""The package that brings this app: an app of a project with the same name does not say so (sagaflow.W004)."""
