"""What every recurrent cell has in common: its calls and shapes."""

from typing import Self

from torch import Tensor, nn

from lnnlab.models.timespans import per_step


class Cell(nn.Module):
    """A recurrent layer: ``cell(x, state=None, timespans=None) -> (output, state)``.

    ``x`` is (batch, time, feature), or (time, feature) without a batch. ``output`` is
    (batch, time, unit), or (batch, unit) of the last step with ``return_sequences=False``. The
    state that comes back can be given to the next call: a sequence in pieces equals the whole.

    To mix sequences of unequal length in one batch, pad the short ones at their end with any
    values and give the padding timespans of 0: ``LinearLTC`` and ``LTC`` keep their state where no
    time passes, so each sequence ends in the state, and with ``return_sequences=False`` in the
    output, that it ends in alone. ``CfC``'s closed form and the gated baselines move at a timespan
    of 0 too; give them sequences of one length. Negative timespans are refused.

    A subclass defines ``_run(x, state, spans) -> (sequence, state)`` with x (batch, time, feature)
    and spans (batch, time, 1) or None, and ``products`` for the count of its work.
    """

    def __init__(self, input_size: int, units: int, return_sequences: bool = True) -> None:
        super().__init__()
        self.input_size, self.units = input_size, units
        self.return_sequences = return_sequences

    @classmethod
    def as_layer(cls, input_size: int, units: int, **options: object) -> Self:
        """The cell as classifiers build it; one with other defaults there overrides this."""
        return cls(input_size, units, **options)

    def forward(
        self, x: Tensor, state: Tensor | None = None, timespans: Tensor | float | None = None
    ) -> tuple[Tensor, Tensor]:
        """Run the layer over a sequence; see the class for the shapes.

        Raises:
            ValueError: a shape does not fit, or a timespan is negative.
        """
        batched = x.dim() == 3
        if not batched:
            x = x.unsqueeze(0)
        if x.dim() != 3 or x.shape[2] != self.input_size or x.shape[1] < 1:
            raise ValueError(
                f"input of shape {tuple(x.shape)}: give (batch, time, {self.input_size}), "
                "one step or more"
            )
        if timespans is not None and not batched and hasattr(timespans, "dim"):
            timespans = timespans.unsqueeze(0) if timespans.dim() else timespans
        if state is not None and not batched:
            state = self._with_batch(state)
        sequence, state = self._run(x, state, per_step(timespans, x))
        output = sequence if self.return_sequences else sequence[:, -1]
        return (output, state) if batched else (output.squeeze(0), self._without_batch(state))

    def products(self, x: Tensor, sequence: Tensor) -> list[tuple[Tensor, Tensor]]:
        """The matrix products of a step, for what counts or prices work.

        Args:
            x: what the layer was given, (batch, time, feature).
            sequence: what it answered from a zero state, (batch, time, unit).

        Returns:
            For each product its matrix (output, input) and what it multiplied,
            (batch, time, input). A matrix applied twice a step stands there twice.
        """
        raise TypeError(f"{type(self).__name__} defines no products")

    def _with_batch(self, state: Tensor) -> Tensor:
        return state.unsqueeze(0)

    def _without_batch(self, state: Tensor) -> Tensor:
        return state.squeeze(0)


def previous(sequence: Tensor) -> Tensor:
    """The state that each step started from, given that the first was zero: shifted by one."""
    return nn.functional.pad(sequence, (0, 0, 1, 0))[:, :-1]
