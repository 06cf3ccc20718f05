"""Where the bytes of an integer network are: layer by layer, as its file holds them."""

from dataclasses import dataclass

from lnnlab.integer import IntegerModel
from lnnlab.integer.layers import Depthwise, Layer, Mix, Product
from lnnlab.lnn_file.codec import encode_layer
from lnnlab.lnn_file.feat import encode_features
from lnnlab.lnn_file.packing import Pool, pack_pairs, pack_taps


@dataclass(frozen=True)
class Described:
    """One row: the features, or a layer.

    Attributes:
        name: kind of features or layer.
        inputs, units: values in and out, of each step.
        steps: steps out, of each decision.
        weight_bytes: weights as they lie in flash, packed and padded.
        array_bytes: those and biases, factors, tables.
    """

    name: str
    inputs: int
    units: int
    steps: int
    weight_bytes: int
    array_bytes: int


def describe(model: IntegerModel) -> list[Described]:
    """The features and each layer with shapes and bytes; records take 96 and 64 bytes more."""
    features, pool = model.features, Pool()
    encode_features(features, pool)
    inputs, steps = features.size, features.steps
    rows = [Described(features.spec.kind, features.channels * features.spec.frame, inputs, steps,
                      0, len(pool.content))]
    for layer in model.layers:
        pool = Pool()
        record = encode_layer(layer, inputs, steps, pool)
        rows.append(Described(type(layer).__name__, inputs, record.units, record.steps_out,
                              layer_weight_bytes(layer), len(pool.content)))
        inputs, steps = record.units, record.steps_out
    return rows


def weight_bytes(model: IntegerModel) -> int:
    """Weights of all layers as they lie in flash."""
    return sum(layer_weight_bytes(layer) for layer in model.layers)


def layer_weight_bytes(layer: Layer) -> int:
    """Weights of one layer: two rows share a halfword, filters lie in words."""
    if isinstance(layer, Mix | Depthwise):
        return pack_taps(layer.weight).size
    products = [each for each in vars(layer).values() if isinstance(each, Product)]
    return sum(2 * pack_pairs(each.weight).size for each in products)
