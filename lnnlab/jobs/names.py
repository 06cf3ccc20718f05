"""Messages as a person at the page may read them: no place on the disk, no command's argument."""

import re

from lnnlab import paths
from lnnlab.jobs.job import Job

WHOLE = "recordings"  # what an upload is called on the disk, once it is unpacked
_IN_COMMANDS = {  # what messages call the arguments of loaders and commands
    "give rate_hz (--rate-hz)": "give the rate", "give rate_hz": "give the rate",
    "rate_hz": "rate", "--groups": "groups such as", "layout=": "the zip's folders,",
}


def in_words(line: str, job: Job) -> str:
    """A line that readers or the system wrote, about the upload by the name that it came with."""
    whole = rf"{re.escape(str(job.folder))}/{WHOLE}(\.\w+)?"
    line = re.sub(f"{whole}/", "", line)
    line = re.sub(rf"{whole}|\b{WHOLE}\.\w+(?=[:, ])", lambda _: job.upload_name, line)
    for place in (job.folder, paths.jobs(), paths.ROOT):
        line = line.replace(f"{place}/", "").replace(str(place), "the disk")
    line = re.sub(rf"\b{WHOLE}/<class>", "<class>", line)
    for old, new in _IN_COMMANDS.items():
        line = line.replace(old, new)
    return line
