"""The web designer: documents, edit operations and the live view."""
