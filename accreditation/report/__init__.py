"""The report of a survey as it is read: on a page, and as a tagged PDF, from what was frozen when it was signed."""
