"""Who may do what with the portal's own machinery."""

from practices.enums import Role


def may_run_again(role: str) -> bool:
    """Parked work is put back by the platform operator, who sees nothing of what it is about."""
    return role == Role.PLATFORM_OPERATOR
