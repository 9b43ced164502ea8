class WorksheetNotFound(Exception):
    """What the sheet library raises for a tab that is not there."""
