"""Lets a test hold actions of StreamTech, so that the pages can be tested while a step is in progress."""
