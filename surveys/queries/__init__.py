"""Reads of patient surveys."""
