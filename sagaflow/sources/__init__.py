"""Definitions as text: read a YAML file as a document, and write a changed document back into its text."""
