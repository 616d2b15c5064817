"""A user is provisioned (scenario S4): validated, created at an external identity provider, and sent an e-mail."""
