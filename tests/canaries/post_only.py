"""The addresses of pages that accept no GET, which the canaries cannot look at."""

__all__ = ["POST_ONLY"]

POST_ONLY = (
    "bulk_stop",
    "view",
    "design_new",
    "design_open",
    "design_discard",
    "design_publish",
    "design_rebase",
    "design_write",
    "design_restore",
    "design_edit",
    "design_undo",
    "design_redo",
)
