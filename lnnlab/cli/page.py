"""``lnnlab page``: upload, train, see, download in a browser."""

import argparse

from lnnlab.errors import UserError
from lnnlab.page.server import serve


def serve_page(options: argparse.Namespace) -> None:
    """Serve the page until it is interrupted.

    Raises:
        UserError: Voilà is not installed or ended by itself, or the port is taken.
    """
    status = serve(options.port, not options.no_browser)
    if status:
        raise UserError(f"voila ended with status {status}; what it said is above")
