"""Background work of patient surveys. Each job makes everything due."""
