"""The command line of the library: `oar -r RELEASE COMMAND`. Every command says whose release it is and then takes it over."""

import argparse

from oar.core.configstore import ConfigStore


def main():
    parser = argparse.ArgumentParser(prog="oar")
    parser.add_argument("-r", "--release", required=True)
    parser.add_argument("command")
    parser.add_argument("-e", "--email", default="somebody@example.com")
    given = parser.parse_args()
    store = ConfigStore(given.release)
    print("owner of %s: %s" % (store.release, store.get_owner()))
    store.set_owner(given.email)
    print("task [%s] status is changed to [Pass]" % given.command)


if __name__ == "__main__":
    main()
