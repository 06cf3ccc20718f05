"""The zip that a person takes home: C of both networks, their ``.lnn`` files, the report."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from lnnlab import store
from lnnlab.jobs.board import Network
from lnnlab.jobs.job import Job
from lnnlab.jobs.report import report
from lnnlab.jobs.settings import Settings
from lnnlab.runtime.layouts import layout_texts

REPORT = "report.html"
_WHEN = (1980, 1, 1, 0, 0, 0)  # the same job gives the same bytes


def write_zip(
    job: Job, result: dict, networks: Mapping[str, Network], settings: Settings
) -> Path:
    """Write the zip of a job whole.

    Args:
        job: whose folder it goes to.
        result: what the report says.
        networks: name → network; the C of each lies in a folder of that name.
        settings: for the layout of the C.
    """
    files: dict[str, bytes] = {REPORT: report(result).encode()}
    for name, each in networks.items():
        files[f"{name}.lnn"] = each.blob
        texts = layout_texts({name: each.blob}, settings.layout)
        files |= {f"{name}/{path}": text.encode() for path, text in texts.items()}
    with store.replacing(job.zip) as place, zipfile.ZipFile(
            place, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return job.zip
