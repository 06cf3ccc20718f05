"""Training jobs: a person's upload in a folder of its own, and processes that work in it.

No widget and no browser is needed: :mod:`lnnlab.page` shows what a job's files say, and a script
may do the same. ``python -m lnnlab.jobs read FOLDER`` and ``… train FOLDER`` are the processes.
"""

from lnnlab.jobs.inbox import Incoming, upload
from lnnlab.jobs.job import Job, sweep
from lnnlab.jobs.settings import BUDGETS, Settings

__all__ = ["BUDGETS", "Incoming", "Job", "Settings", "sweep", "upload"]
