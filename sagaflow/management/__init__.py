"""What the sub-commands share. Here as there, imports that cost time stand inside functions (see ``sub``)."""
