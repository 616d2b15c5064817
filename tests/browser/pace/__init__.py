"""Lets a test hold StreamTech's payment gateway, so that the pages can be tested while a payment is in progress."""
