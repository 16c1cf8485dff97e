"""From counts to the rows that are shown: pure functions on arrays, no Django and no database."""
