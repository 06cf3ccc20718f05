"""What every recurrent cell has in common: its calls and shapes."""

from torch import Tensor, nn

from lnnlab.models.timespans import per_step


class Cell(nn.Module):
    """A recurrent layer: ``cell(x, state=None, timespans=None) -> (output, state)``.

    ``x`` is (batch, time, feature), or (time, feature) without a batch. ``output`` is
    (batch, time, unit), or (batch, unit) of the last step with ``return_sequences=False``. The
    state that comes back can be given to the next call: a sequence in pieces equals the whole.

    A subclass defines ``_run(x, state, spans) -> (sequence, state)`` with x (batch, time, feature)
    and spans (batch, time, 1) or None, and ``weights()`` for the count of its work.
    """

    def __init__(self, input_size: int, units: int, return_sequences: bool = True) -> None:
        super().__init__()
        self.input_size, self.units = input_size, units
        self.return_sequences = return_sequences

    def forward(
        self, x: Tensor, state: Tensor | None = None, timespans: Tensor | float | None = None
    ) -> tuple[Tensor, Tensor]:
        """Run the layer over a sequence; see the class for the shapes.

        Raises:
            ValueError: a shape does not fit.
        """
        batched = x.dim() == 3
        if not batched:
            x = x.unsqueeze(0)
        if x.dim() != 3 or x.shape[2] != self.input_size or x.shape[1] < 1:
            raise ValueError(
                f"input of shape {tuple(x.shape)}: give (batch, time, {self.input_size})"
            )
        if timespans is not None and not batched and hasattr(timespans, "dim"):
            timespans = timespans.unsqueeze(0) if timespans.dim() else timespans
        if state is not None and not batched:
            state = self._with_batch(state)
        sequence, state = self._run(x, state, per_step(timespans, x))
        output = sequence if self.return_sequences else sequence[:, -1]
        return (output, state) if batched else (output.squeeze(0), self._without_batch(state))

    def _with_batch(self, state: Tensor) -> Tensor:
        return state.unsqueeze(0)

    def _without_batch(self, state: Tensor) -> Tensor:
        return state.squeeze(0)
