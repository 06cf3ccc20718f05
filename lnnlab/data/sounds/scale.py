"""Full scale at 1 and one channel: what floats are divided by, and which channels are taken."""

import numpy as np

OVERSHOOT = 8.0  # floats up to here are a little too loud; above, they are counts of an integer
CANCELLED = 1e-3  # of the loudest channel's power: a mean below it is no mix
DEAD = 1e-6  # of the loudest channel's power about its mean: a channel below it is not connected
ABOVE = "samples above full scale, divided by "


def full_scale(x: np.ndarray) -> tuple[float, bool]:
    """What floats, or what a lossy decoder made, are to be divided by; 1 within full scale.

    Returns:
        The divisor, and whether the samples are counts of an integer: how many bits it had is a
        guess from one file, see :func:`lnnlab.data.sounds.file.at_one_scale`.
    """
    peak = float(np.abs(x).max())
    counts = peak > OVERSHOOT or peak > 0 and bool((x == np.round(x)).all())
    if peak <= 1 or not counts:
        return max(peak, 1.0), counts
    return next((scale for scale in (2.0**15, 2.0**23, 2.0**31) if peak <= scale), peak), True


def mono(x: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """The mean of the channels that are connected; where they cancel, the loudest.

    Args:
        x: (time, channel).

    Returns:
        (time,), and what was done, in words.
    """
    if x.shape[1] == 1:
        return x[:, 0], []
    moved = x.var(axis=0)
    live, said = moved > DEAD * moved.max(), []
    if live.any() and not live.all():
        said = [f"{(~live).sum()} of {len(live)} channels silent throughout and left out"]
        x = x[:, live]
    if x.shape[1] == 1:
        return x[:, 0], said
    mean, powers = x.mean(axis=1), np.mean(x**2, axis=0)
    if np.mean(mean**2) < CANCELLED * powers.max():
        return x[:, powers.argmax()], [*said, f"{x.shape[1]} channels cancel, the loudest taken"]
    return mean, [*said, f"{x.shape[1]} channels mixed down"]
