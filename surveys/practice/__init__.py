"""The pages on which a practice asks its patients and reads what they said."""
