"""A stand-in for the `oar` package of openshift/release-tests: the classes the bridge asks, over one JSON file (world.py).
As strict as the real one about what it is given, and as talkative: it prints where no library should."""
