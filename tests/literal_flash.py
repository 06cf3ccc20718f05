"""The flash port of ``lnnlab/target/host/flash_port.c`` in plain steps, as an oracle for tests."""


class Cache:
    """Which pieces of memory a cache holds.

    A line may be filled piece by piece: a miss fetches one piece of ``fill_bytes`` and leaves the
    rest of its line empty until it is asked for.

    Args:
        size_bytes: of the whole; 0: nothing is ever held.
        line_bytes: of one line.
        ways: lines that an address can lie in; 0: any line.
        fill_bytes: what one miss brings, at most a line.
    """

    def __init__(self, size_bytes: int, line_bytes: int, ways: int, fill_bytes: int) -> None:
        lines = size_bytes // line_bytes
        self._ways = ways or lines
        self._sets: list[dict[int, set[int]]] = [{} for _ in range(lines // (self._ways or 1))]
        self._line_bytes, self._fill_bytes = line_bytes, fill_bytes

    def holds(self, address: int) -> bool:
        """Whether an address is held; nothing changes."""
        if not self._sets:
            return False
        number = address // self._line_bytes
        own = self._sets[number % len(self._sets)]
        return address // self._fill_bytes in own.get(number, ())

    def access(self, address: int) -> bool:
        """Whether an address is held; it is from now on."""
        if not self._sets:
            return False
        number = address // self._line_bytes
        own = self._sets[number % len(self._sets)]
        pieces = own.pop(number, None)
        if pieces is None:
            if len(own) >= self._ways:
                del own[next(iter(own))]  # the first of a dict is the one used longest ago
            pieces = set()
        own[number] = pieces
        piece = address // self._fill_bytes
        if piece in pieces:
            return True
        pieces.add(piece)
        return False


class LiteralPort:
    """One block at a time; ``kind`` as in :class:`lnnlab.target.flash.FlashPort`."""

    def __init__(self, kind, wait_states: int, fetch_ahead_bytes: int) -> None:
        line, ways = int(kind.cache_line_bytes.value), int(kind.cache_ways.value)
        self._piece = int(kind.read_bytes.value)
        self._wait, self._core_ahead = wait_states, fetch_ahead_bytes
        self._ahead = bool(kind.read_ahead.value)
        self._code = Cache(int(kind.instruction_cache_bytes.value), line, ways, self._piece)
        self._data = self._code if kind.shared.value else Cache(
            int(kind.data_cache_bytes.value), line, ways, self._piece)
        self._current = self._next = -1  # piece in use, piece read ahead
        self._next_ready = self._busy_until = 0.0
        self._clock = 0.0  # where execution is, waits included
        self._fetch_free = 0.0  # when the core can ask for more code
        self._end = -1  # of the block before

    def run(self, address, size, cycles, reads=()) -> float:
        """Let a block run; returns the cycles that it waits for the flash."""
        if not self._wait or not size:
            return 0.0
        began, waited, done = self._clock, 0.0, 0
        if address != self._end:  # a branch: what was fetched ahead is of no use
            self._fetch_free = began
        pace = cycles / size  # cycles a byte
        gap = cycles / (len(reads) + 1)
        end = address + size
        for piece in range(address // self._piece, (end - 1) // self._piece + 1):
            first = max(piece * self._piece, address)
            at = (first - address) * pace
            while done < len(reads) and (done + 1) * gap < at:
                done += 1
                waited += self._read(reads[done - 1], began + done * gap + waited)
            words = -(-(min((piece + 1) * self._piece, end) - first) // 4)
            waited += self._fetch(piece, words, began + at + waited, pace)
        for number in range(done + 1, len(reads) + 1):
            waited += self._read(reads[number - 1], began + number * gap + waited)
        self._clock, self._end = began + cycles + waited, end
        return waited

    def _fetch(self, piece: int, words: int, needed: float, pace: float) -> float:
        """Cycles that execution waits for a piece that it needs at a time."""
        asked = max(self._fetch_free, needed - self._core_ahead * pace)
        ready = asked + self._latency(piece, asked)
        self._fetch_free = ready + words
        self._current = piece
        return max(0.0, ready - needed)

    def _latency(self, piece: int, now: float) -> float:
        """Cycles until a piece answers."""
        if piece == self._current:
            return 0.0
        if self._ahead and piece == self._next:
            wait = max(0.0, self._next_ready - now)
            self._code.access(piece * self._piece)
        elif self._code.access(piece * self._piece):
            wait = 0.0
        else:
            wait = self._array(now)
        if self._ahead and self._next != piece + 1:
            self._next = -1
            if not self._code.holds((piece + 1) * self._piece):
                self._next = piece + 1
                self._next_ready = max(now + wait, self._busy_until) + self._wait
                self._busy_until = self._next_ready + 1
        return wait

    def _read(self, address: int, now: float) -> float:
        return 0.0 if self._data.access(address) else self._array(now)

    def _array(self, now: float) -> float:
        """A read of the array: it lets the one under way end, then takes its wait states."""
        free = max(now, self._busy_until)
        self._busy_until = free + self._wait + 1
        return free - now + self._wait
