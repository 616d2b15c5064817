"""Lets a test hold up StreamTech's payment gateway: what it shows while money is on its way can then be looked at."""
