"""Drafts of the designer: who may see and change them, how an edit is carried out, and what a page shows of one."""
