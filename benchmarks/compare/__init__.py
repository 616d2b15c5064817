"""Compares the speed of a saga with that of other tools, in turns in one run. Run: make bench"""
