"""The working memory that the C runtime asks for, told before anything is compiled."""

from lnnlab import lnn_file
from lnnlab.features.spec import ACF, MFCC, PCEN, SPECTRAL_KINDS
from lnnlab.integer.anomaly import AnomalyScore
from lnnlab.integer.policy import DeltaGate, FluxGate, Policy, Uniform
from lnnlab.lnn_file.structures import LayerKind, LayerRecord
from lnnlab.runtime import has_gains, service_of

GATE_BYTES = 56  # of lnn_gate_t
MODEL_BYTES = 112  # of lnn_model_t where a pointer has four bytes
STRUCTURES = {  # what a file is for → C structure, its bytes there
    "": ("lnn_model_t", MODEL_BYTES), "denoise": ("lnn_denoise_t", MODEL_BYTES + 48),
    "anomaly": ("lnn_anomaly_t", MODEL_BYTES + 32)}


def arena_bytes(blob: bytes, policy_built: bool | None = None, flux: bool = False) -> int:
    """What ``lnn_arena_bytes`` returns for a ``.lnn`` file.

    Args:
        blob: a checked int8 file.
        policy_built: whether the build has the code of timestep policies; None: if the file has
            one, as an exported model's.
        flux: what ``lnn_flux_arena_bytes`` returns, with room for a flux gate set at run time.
    """
    model, records = lnn_file.from_bytes(blob), lnn_file.records_of(blob)
    built = model.policy is not None if policy_built is None else policy_built
    front, spec = model.features, model.features.spec
    *layers, pool, readout = records
    leaky = pool.kind == LayerKind.LEAKY_POOL
    widest = 0 if model.windowed else max(_even(each.units) for each in layers)
    features, own = _even(front.size), 2 * readout.units
    moments = _moments(spec.frame, spec.hop, model.policy if built else None)
    parts = [
        4 * (pool.inputs + leaky), _scratch(front, records), 2 * moments * front.channels,
        2 * (max(features, widest) if len(records) > 3 else features), 2 * widest,
        2 * sum(_states(each) for each in layers),
        8 * front.channels * spec.bands * (spec.kind == PCEN), own, own * leaky,
    ]
    if model.windowed:
        sizes = [front.size * front.steps, *(each.units * each.steps_out for each in layers)]
        parts += [max(sizes[0::2]), max(sizes[1::2])]
    compares = isinstance(model.policy, FluxGate | DeltaGate)
    if leaky and built:
        parts.append(GATE_BYTES + front.size * compares)
    if flux and not compares:
        parts.append(front.size)
    return sum(-(-each // 4) * 4 for each in parts)


def room_bytes(blob: bytes, policy_built: bool | None = None) -> int:
    """What an exported model's ``ARENA_BYTES`` is: enough for whatever its file is for.

    Of a file with gains what ``lnn_denoise_arena_bytes`` returns, of one with a score what
    ``lnn_anomaly_arena_bytes`` does; ``lnn_init`` takes either too.
    """
    room = arena_bytes(blob, policy_built)
    score = AnomalyScore.of(lnn_file.from_bytes(blob).meta)
    if score:
        asked = bool(score.calibration_frames) + bool(score.error_smoothing_shift)
        return room + 4 * len(score.factor) * asked  # baseline_words of lnn_anomaly.c
    if not has_gains(blob):
        return room
    hop = lnn_file.from_bytes(blob).features.spec.frame // 2
    return room + 4 * (2 * hop + hop + hop + hop // 2 + 1)  # own_words of lnn_denoise.c


def structure_of(blob: bytes) -> tuple[str, int]:
    """The C structure that a ``.lnn`` file works in, and its bytes where a pointer has four."""
    return STRUCTURES[service_of(blob)]


def _even(count: int) -> int:
    return count + count % 2


def _moments(frame: int, hop: int, policy: Policy | None) -> int:
    """Moments that the frame buffer holds; under a gate, a ring of hops with a frame's front."""
    if policy is None or isinstance(policy, Uniform):
        return frame
    front = frame - hop
    return front + -(-(policy.look_back * hop + hop + front) // hop) * hop


def _states(layer: LayerRecord) -> int:
    if layer.kind in (LayerKind.LINEAR_LTC, LayerKind.CFC, LayerKind.GRU):
        return _even(layer.units)
    if layer.kind == LayerKind.LSTM:
        return 2 * _even(layer.units)
    return _even(layer.taps * layer.units) if layer.kind == LayerKind.MIX else 0


def _scratch(front, records: list[LayerRecord]) -> int:
    """Bytes of the largest of what features and layers compute in."""
    spec, most = front.spec, 0
    if spec.kind == ACF:
        moved = 32 if front.channels > 1 or spec.mean else 16  # lnn_acf_moved of the C
        most = 4 * (spec.per_channel + spec.relative + moved + spec.lags // 2)
    if spec.kind in SPECTRAL_KINDS:
        values = spec.bands * (1 + (spec.average > 1))  # sums of parts take 64 bits
        most = 4 * (spec.transform // 2 + 1 + values)
    if spec.kind == MFCC:
        most += 4 * (front.size // front.channels)
    for layer in records:
        n, u = layer.inputs, layer.units
        joined = _even(n + u + 1)
        values = {
            LayerKind.LINEAR_LTC: 2 * u, LayerKind.CFC: joined + _even(layer.hidden) + 3 * u,
            LayerKind.LSTM: joined + 4 * u, LayerKind.GRU: joined + 2 * u + 2 * _even(u),
            LayerKind.CONVOLUTION: _even(n * layer.taps) + u, LayerKind.DENSE: _even(u),
            LayerKind.READOUT: _even(n),
        }.get(layer.kind, 0)
        most = max(most, 2 * _even(values))
    return most
