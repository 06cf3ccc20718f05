"""The workers of a cluster: who is there, who may be used, and why the others may not."""

import time
from typing import Any

from lnnlab.errors import UserError
from lnnlab.sweep.connection import say
from lnnlab.sweep.version import unlike, versions


class Workers:
    """Workers that a client sees.

    Attributes:
        present: address → threads, of all that are there.
        usable: addresses of those with this version of the package, and with room on their disks.

    Args:
        client: of Dask.
        wait_s: how long to do without a usable worker.
    """

    def __init__(self, client: Any, wait_s: float) -> None:
        self.present: dict[str, int] = {}
        self._refused: dict[str, str] = {}  # address → why; "" of those that may be used
        self._client, self._wait_s = client, wait_s
        self._had_some = time.monotonic()

    @property
    def usable(self) -> list[str]:
        """Addresses of the workers that may be given a point."""
        return [each for each in self.present if not self._refused.get(each, "unknown")]

    @property
    def threads(self) -> int:
        """Of the usable workers together."""
        return sum(self.present[each] for each in self.usable)

    def move(self, client: Any) -> None:
        """Look with another client from now on."""
        self._client = client
        self._had_some = time.monotonic()

    def look(self) -> None:
        """See who is there; ask those that are new which version they have.

        Raises:
            OSError, RuntimeError: the scheduler does not answer.
            UserError: none could be used for too long.
        """
        self.present = dict(self._client.nthreads())
        fresh = [each for each in self.present if each not in self._refused]
        if fresh:
            found = self._client.run(_asked(), workers=fresh, on_error="return")
            for address, answer in found.items():
                wrong = (unlike(versions(), answer) if isinstance(answer, dict)
                         else f"does not answer ({type(answer).__name__})")
                self.ban(address, wrong) if wrong else self._refused.setdefault(address, "")
        if self.usable:
            self._had_some = time.monotonic()
        elif time.monotonic() - self._had_some > self._wait_s:
            raise UserError(self._nobody())

    def wait(self) -> None:
        """Look until one can be used.

        Raises:
            UserError: none came in time.
        """
        self.look()
        while not self.usable:
            time.sleep(0.2)
            self.look()

    def ban(self, address: str, why: str) -> None:
        """Give a worker nothing from now on."""
        if not self._refused.get(address):
            say(f"worker {address} is not used: {why}")
        self._refused[address] = why

    def _nobody(self) -> str:
        if not self.present:
            return (f"no worker came within {self._wait_s:g} s; start one with 'dask worker "
                    "ADDRESS --nthreads 1', or wait longer with --wait")
        address = next(iter(self.present))
        return f"no worker can be used; {address}: {self._refused.get(address, 'no answer')}"


def _asked() -> Any:
    """What a worker is asked; an inner function, which travels by value to any version."""

    def ask() -> dict:
        try:
            from lnnlab.sweep.version import versions as here
        except ImportError:
            return {"lnnlab": "none that knows sweeps"}
        return here()

    return ask
