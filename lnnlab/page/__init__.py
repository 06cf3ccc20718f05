"""The page over jobs: drop recordings, train, see, download; no line of code.

:func:`show` displays it in a notebook; ``lnnlab page`` serves it alone.
"""

from IPython.display import display

from lnnlab.page.flow import Page, page

__all__ = ["Page", "page", "show"]


def show() -> None:
    """Display the page below the cell."""
    display(page().box)
