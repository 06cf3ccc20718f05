"""Random integer networks of every kind, for property tests."""

import numpy as np
from hypothesis import strategies as st

from lnnlab.features import FeatureSpec
from lnnlab.features.spec import MEL_KINDS
from lnnlab.integer import IntegerFeatures, IntegerModel
from lnnlab.integer import layers as kinds
from lnnlab.integer.cells import Residual
from lnnlab.integer.layers import Product

SEEDS = st.integers(0, 2**31)


def product(random, rows: int, inputs: int, target: float = 9000.0) -> Product:
    """Random int8 rows whose results have about ``target`` in size before they are clamped."""
    weight = random.integers(-127, 128, (rows, inputs))
    bias = random.integers(-20000, 20000, rows)
    up, down = (3, int(random.integers(0, 3))) if target > 1000 else (0, int(random.integers(0, 3)))
    ratio = target / (74 * 73 * np.sqrt(inputs))  # the spread of an accumulator is 74·73·√n
    factor = np.clip(ratio * 2 ** (16 + down - up) * random.uniform(0.3, 1, rows), 0, 32767)
    return Product(weight, bias, factor.astype(np.int64), up, down)


def filters(random, taps: int, units: int) -> tuple:
    """The fields of a depthwise layer: weight, bias, factor, up, down."""
    return (random.integers(-127, 128, (taps, units)), random.integers(-2000, 2000, units),
            random.integers(100, 900, units), *(int(each) for each in random.integers(0, 3, 2)))


def features(random, kind: str) -> IntegerFeatures:
    """Random front ends of a kind, one to three channels, any hop."""
    channels, rate_hz = int(random.integers(1, 4)), float(np.float32(random.uniform(100, 16000)))
    if kind in MEL_KINDS:
        frame = int(2 ** random.integers(6, 9))
        bands = int(random.integers(2, frame // 16))
        mel = {"rate_hz": 8000.0, "low_hz": 50.0, "high_hz": float(random.integers(2500, 4000)),
               "coefficients": int(random.integers(1, bands + 1)),
               "exponent": float(random.choice([0.0, 0.5, 0.8, 1.0])),
               "smoothing": 2.0 ** -int(random.integers(1, 8)),
               "bias": float(random.choice([0.0, 0.5, 2.0])), "root": 0.5}
        rate_hz = 8000.0
        spec = FeatureSpec(kind, frame, int(random.integers(frame // 4, 2 * frame)), bands,
                           floor=2.0 ** -float(random.integers(12, 30)), full_scale=0.5, mel=mel)
    elif kind == "acf":
        lags = int(random.choice([8, 16, 24, 32]))
        frame = 2 * int(random.integers(lags // 2 + 1, 150))
        stride = int(random.choice([1, 1, 2, 3, 4, random.integers(1, frame // 2 + 1)]))
        spec = FeatureSpec("acf", frame, int(random.integers(1, 2 * frame)), lags=lags,
                           stride=stride, mean=[False, True, "removed"][random.integers(3)],
                           relative=bool(random.integers(2)), full_scale=0.5)
    elif kind == "raw":
        spec = FeatureSpec("raw", int(random.integers(1, 6)), int(random.integers(1, 8)),
                           full_scale=2.0)
    else:
        frame = int(2 ** random.integers(3, 7))
        spec = FeatureSpec(
            "log_bands", frame, int(random.integers(1, 2 * frame)),
            int(random.integers(1, frame // 2 + 1)), str(random.choice(["linear", "log"])),
            relative=bool(random.integers(2)), floor=2.0 ** -float(random.integers(10, 28)),
            full_scale=0.5,
        )
    steps = int(random.integers(1, 7))
    window = (steps - 1) * spec.hop + spec.frame + int(random.integers(0, spec.hop))
    size = spec.size(channels)
    scale = 2**15 if kind == "raw" else 2**13
    return IntegerFeatures(
        spec, channels, window, rate_hz,
        random.integers(-scale // 2, 0, size), random.integers(0, 16384, size),
        int(random.integers(18, 22) if kind == "raw" else random.integers(16, 20)),
    )


def cell(random, kind: str, inputs: int, units: int) -> kinds.Cell:
    """A random recurrent layer."""
    out = int(random.integers(7, 9))
    if kind == "linear_ltc":
        return kinds.LinearLTC(product(random, 2 * units, inputs), bool(random.integers(2)), out)
    if kind == "cfc":
        hidden = int(random.integers(1, 9))
        return kinds.CfC(product(random, hidden, inputs + units),
                         product(random, 3 * units, hidden), out)
    if kind == "lstm":
        return kinds.LSTM(product(random, 4 * units, inputs + units),
                          int(random.integers(2, 6)), out)
    return kinds.GRU(product(random, 2 * units, inputs + units), product(random, units, inputs),
                     product(random, units, units), out)


CELLS = ("linear_ltc", "cfc", "lstm", "gru")
KINDS = (*CELLS, "mixed", "convolutional", "keyword", "acf")


def keyword(random, front: IntegerFeatures) -> list:
    """A stem, one or two blocks with a residual, and a leaky pool or a plain one."""
    width = int(random.integers(1, 8))
    layers = [kinds.Dense(product(random, width, front.size, 60), bool(random.integers(2)))]
    for _ in range(int(random.integers(1, 3))):
        state, own = int(random.integers(0, 9000)), int(random.integers(0, 2**21))
        residual = Residual(state, own, int(random.integers(18, 22)))
        layers += [kinds.Mix(*filters(random, int(random.integers(1, 6)), width)),
                   kinds.LinearLTC(product(random, 2 * width, width), residual=residual)]
    if random.random() < 0.7:
        gate = product(random, 1, width, 4000)
        return [*layers, kinds.LeakyPool(gate, int(random.integers(1, 32768)),
                                         int(random.integers(1, 32768)),
                                         int(random.integers(0, 3)), 6)]
    return [*layers, kinds.Pool(int(random.integers(8000, 30000)))]


def model(seed: int, kind: str | None = None) -> IntegerModel:
    """A random network; ``kind``: one of ``KINDS``."""
    random = np.random.default_rng(seed)
    kind = kind or str(random.choice(KINDS))
    if kind == "keyword":
        front = features(random, str(random.choice(MEL_KINDS)))
        layers, classes = keyword(random, front), int(random.integers(2, 6))
        readout = kinds.Readout(product(random, classes, layers[0].matrix.bias.size, 700),
                                int(random.integers(0, classes)))
        names = tuple(f"class {number}" for number in range(classes))
        return IntegerModel(front, [*layers, readout], names, {"model": kind, "seed": seed})
    front = features(random, "acf" if kind == "acf" else str(random.choice(["raw", "log_bands"])))
    width, steps, layers = front.size, front.steps, []
    for _ in range(int(random.integers(1, 4))):
        units = int(random.integers(1, 8))
        taps = int(random.integers(1, 4))
        if kind == "convolutional":
            taps = 2 * taps - 1
            layers.append(kinds.Convolution(product(random, units, taps * width, 60), taps,
                                            int(random.integers(1, 3)), bool(random.integers(2))))
            layers.append(kinds.Depthwise(*filters(random, taps, units), 1,
                                          bool(random.integers(2))))
        else:
            own = kind if kind in CELLS else str(random.choice(CELLS))
            layers.append(cell(random, own, width, units))
            if kind == "mixed":
                layers.append(kinds.Mix(*filters(random, taps, units)))
        width = units
    state = not isinstance(layers[-1], kinds.Mix) and kind != "convolutional"
    factor = int(random.integers(100, 400)) if state else int(random.integers(8000, 30000))
    classes = int(random.integers(1, 6))
    layers += [kinds.Pool(factor, 0, 0, bool(random.integers(2))),
               kinds.Readout(product(random, classes, width, 700))]
    names = tuple(f"class {number}" for number in range(classes))
    return IntegerModel(front, layers, names, {"model": kind, "seed": seed, "steps": steps})


def samples(seed: int, given: IntegerModel, windows: int = 3) -> np.ndarray:
    """int16 windows from silence to saturation, (window, time, channel)."""
    random = np.random.default_rng(seed)
    loud = random.choice([0.0, 1.0, 30.0, 3000.0, 60000.0], (windows, 1, 1))
    shape = (windows, given.features.window, given.features.channels)
    return np.clip(random.normal(0, 1, shape) * loud, -32768, 32767).astype(np.int16)
