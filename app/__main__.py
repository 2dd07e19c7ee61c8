"""`python -m app` = `rhoscope`."""

import sys

from app.shell.entry import main

if __name__ == "__main__":
    sys.exit(main())
