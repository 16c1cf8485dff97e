"""Surveys of the invented demo country: made by the portal's own actions, at moments of the past."""
