"""Sagaflow as a guest: its wheel in projects that other people made, each set up in a way of its own."""
