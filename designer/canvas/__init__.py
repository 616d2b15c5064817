"""The designer's operations: pure functions from document to document, each with its inverse and a sentence."""
