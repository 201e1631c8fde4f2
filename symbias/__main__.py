"""``python -m symbias`` is the command line."""

import sys

from symbias.cli import main

if __name__ == "__main__":
    sys.exit(main())
