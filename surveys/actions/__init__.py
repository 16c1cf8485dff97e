"""Every write of patient surveys."""
