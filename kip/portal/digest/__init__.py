"""The mail of the quarter: only to those who have not stopped it, and only when a measure of the practice has changed state."""
