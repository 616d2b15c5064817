"""Proof that the history of runs is whole: anchors, signatures and verification."""
