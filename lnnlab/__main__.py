"""``python -m lnnlab``: the same as ``lnnlab``."""

import sys

from lnnlab.cli import main

sys.exit(main())
