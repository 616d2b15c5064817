"""Sagaflow as a guest: its wheel is installed into other people's projects, each with a different setup."""
