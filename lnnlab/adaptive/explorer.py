"""One energy gate at a time, its knobs turned by hand, on one stream."""

from dataclasses import dataclass
from functools import cached_property

from matplotlib.figure import Figure

from lnnlab.adaptive.listening import Listener, Outcome
from lnnlab.adaptive.sleep_plot import sleep_figure
from lnnlab.integer.gate_settings import Margins, energy_gate
from lnnlab.integer.policy import ALWAYS, EnergyGate

LOOK_BACK_S = 0.2


@dataclass(frozen=True)
class Explorer:
    """Choose it to get a feel for a gate; :func:`lnnlab.adaptive.learn_timestep_controller`
    searches for the best.

    Attributes:
        listener: a network on a stream and a board.
        seconds: of the stream that a picture shows.
    """

    listener: Listener
    seconds: float = 12.0

    @cached_property
    def always(self) -> Outcome:
        """The network without a gate, at the threshold that suits it best."""
        return self.listener.outcome(ALWAYS)

    def gate(self, opens_octaves: float, longest_ms: float, hangover_ms: float) -> EnergyGate:
        """A gate of these settings.

        Args:
            opens_octaves: energy above the floor that opens it; it closes at half as many.
            longest_ms: between frames while it is closed.
            hangover_ms: it stays open so long after.
        """
        return energy_gate(
            self.listener.hop_s, longest_ms / 1e3, 2.0**opens_octaves - 1,
            hop_s=self.listener.hop_s, margins=Margins(hangover_ms / 1e3, LOOK_BACK_S))

    def figure(
        self, opens_octaves: float = 2.0, longest_ms: float = 400.0, hangover_ms: float = 200.0,
        threshold: float = 0.5,
    ) -> Figure:
        """The stream under that gate: sleep and wake, reports, running power, what is found."""
        chosen = self.listener.outcome(self.gate(opens_octaves, longest_ms, hangover_ms), threshold)
        always, score = self.always, chosen.score
        figure = sleep_figure(self.listener, chosen, always, self.seconds)
        figure.suptitle(
            f"F1 {100 * score.f1:.0f} % (always on {100 * always.score.f1:.0f} %): {score.hits} of "
            f"{score.events} found, {score.false_accepts} made up; {chosen.power_mw:.2f} mW "
            f"({always.power_mw:.2f}), {chosen.steps_percent:.0f} % of the frames", fontsize=9)
        return figure
