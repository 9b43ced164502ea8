class ConfigStoreException(Exception):
    pass


class WorksheetException(Exception):
    pass


class StateBoxException(Exception):
    pass


class ReleaseDiscoveryException(Exception):
    pass
