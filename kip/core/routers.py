class OwnerMigrates:
    """Only the owner login changes tables; everything else goes through `default`."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db == "owner"
