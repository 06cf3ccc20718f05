"""What the page says, as HTML; every text that came with the recordings is escaped."""

import html

from lnnlab.jobs.progress import DONE, EMPTY, FAILED, READ, STOPPED, Status

KEPT = "Uploads stay on this machine and are deleted after seven days without use, at the latest " \
       "when this page is opened next."


def said(line: str, wrong: bool = False) -> str:
    """One line; a mistake stands out."""
    kind = ' class="lnnlab-wrong"' if wrong else ""
    return f'<p{kind} role="status">{html.escape(line)}</p>'


def progress_line(status: Status, reading: dict | None) -> str:
    """How far a job is, or what is to be done next."""
    if status.state == EMPTY:
        return said(KEPT)
    if status.state in (FAILED, STOPPED):
        return said(status.stage, status.state == FAILED)
    if status.state == READ:
        return said(_next_step(reading or {}), bool(reading and reading.get("irregular")))
    if status.state == DONE:
        return said("Done.")
    done = sum(map(len, status.curves.values()))
    told = f", epoch {done} of {2 * status.epochs}" if done else ""
    left = f", about {status.left_s:.0f} s left" if status.left_s else ""
    return said(f"{status.stage[:1].upper()}{status.stage[1:]}{told}{left}")


def reading_html(reading: dict) -> str:
    """The reader's paragraph; what is to be done where nothing could be read."""
    if not reading.get("text"):
        return "<p>Say below what each column is, then read again.</p>" if (
            reading.get("columns")) else ""
    return f"<h2>What was read</h2><p>{html.escape(reading['text'])}</p>"


def _next_step(reading: dict) -> str:
    if reading.get("irregular"):
        return "Times are irregular, and a board takes steady samples: give the rate to resample " \
               "to, then read again."
    if reading.get("rate_hz") is None:
        return "Nothing tells the rate. Give it below for power and battery life, then Train; " \
               "without it there is energy a decision alone."
    return "Read. Correct it below where it is wrong, then Train."
