"""The REST interface: files in with a practice's key, stored figures out by the same walls as the pages."""
