"""Deadlines in Danish days and working days, each testable with a fixed date."""

from accreditation.clocks.clock import Basis, Clock, ClockState, Span, Stand, due, due_day, state_at

__all__ = ["Basis", "Clock", "ClockState", "Span", "Stand", "due", "due_day", "state_at"]
