"""The HTTP API: the row of verbs and the questions about runs, for programs. Every error is a problem (RFC 9457)."""
