"""A program that has a thread alive after its import: it must not be forked."""

import threading

threading.Thread(target=threading.Event().wait, daemon=True).start()

from hubcli.main import main  # noqa: E402, F401
