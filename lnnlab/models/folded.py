"""A trained network as a microcontroller computes it: constants folded, a unit's rows together.

Both arithmetics of a ``.lnn`` file start from this form (``lnnlab/runtime/FORMAT.md``, section 3):
batch normalisation lies in its convolution, LeCun's constants and the two rates of CfC's gate in
its weights, torch's two biases in one, and what one unit needs stands in neighbouring rows.
"""

from dataclasses import dataclass, replace

import numpy as np
from torch import nn

from lnnlab.errors import UserError
from lnnlab.models.cfc import LECUN, CfC
from lnnlab.models.classifier import Classifier, SequenceClassifier
from lnnlab.models.cnn import CNN
from lnnlab.models.keyword import KeywordClassifier
from lnnlab.models.kinds import BLOCKS, CELL, no_form
from lnnlab.models.linear_ltc import LinearLTC
from lnnlab.models.recurrent import GRU, LSTM

Matrix = tuple[np.ndarray, np.ndarray]  # weight (row, input), bias (row,)


@dataclass(frozen=True)
class Folded:
    """One layer.

    Attributes:
        kind: ``"linear_ltc"``, ``"cfc"``, ``"lstm"``, ``"gru"``, ``"mix"``, ``"dense"``,
            ``"convolution"``, ``"depthwise"``, ``"leaky_pool"`` or ``"readout"``.
        products: weight (row, input) and bias (row,) of each matrix, float64; of ``"mix"`` and
            ``"depthwise"`` the weight is (tap, unit), of ``"convolution"`` an input is
            tap · channels + channel.
        units: outputs.
        taps, stride: of convolutions; ``taps`` of a mix too.
        absolute: of ``"linear_ltc"``: g is an absolute value, no tanh.
        relu: of convolutions, ``"dense"`` and ``"mix"``, which always has it: ReLU follows.
        residual: what the layer was fed is added to what it says.
        memory: of ``"leaky_pool"``, 1/κ in steps.
    """

    kind: str
    products: tuple[Matrix, ...]
    units: int
    taps: int = 0
    stride: int = 1
    absolute: bool = False
    relu: bool = False
    residual: bool = False
    memory: float = 0.0


def fold(network: Classifier) -> list[Folded]:
    """The layers of a network, the readout last; a pool before it has no weights and is left
    out, but for a leaky one.

    Raises:
        UserError: a layer has no form on the target: a cell without a kernel, a CfC mode, timed
            gates. The message says why, and what has one.
    """
    _refuse_formless(network)
    readout = Folded("readout", (_matrix(network.readout),), network.readout.out_features)
    if isinstance(network, CNN):
        return [*(_convolution(block) for block in network.convolutions), readout]
    if isinstance(network, KeywordClassifier):
        return [*_keyword(network), readout]
    assert isinstance(network, SequenceClassifier)
    layers = []
    for place, cell in enumerate(network.cells):
        layers.append(FOLDERS[type(cell)](cell))
        if place < len(network.mixers) and network.mixers[place] is not None:
            mixer = network.mixers[place]
            weight = array(mixer.weight)[:, 0].T  # (tap, unit)
            product = (weight, array(mixer.bias))
            layers.append(Folded("mix", (product,), cell.units, len(weight), relu=True))
    return [*layers, readout]


def _refuse_formless(network: Classifier) -> None:
    if isinstance(network, CNN):
        return
    framed = isinstance(network, KeywordClassifier)
    for cell in network.cells:
        if type(cell) not in ((LinearLTC,) if framed else FOLDERS):
            raise no_form(type(cell), BLOCKS if framed else CELL)


def _keyword(network: KeywordClassifier) -> list[Folded]:
    layers = [_dense(network.stem)]
    for mixer, cell in zip(network.mixers, network.cells, strict=True):
        layers += [replace(_convolution(mixer), kind="mix"),
                   replace(_linear_ltc(cell), residual=True)]
    gate = (_matrix(network.gate),)
    return [*layers, Folded("leaky_pool", gate, layers[-1].units, memory=network.memory)]


def _dense(block: nn.Sequential) -> Folded:
    return replace(_convolution(block), kind="dense", taps=0)


def array(x) -> np.ndarray:
    """A parameter as float64."""
    return x.detach().double().numpy()


def _linear_ltc(cell: LinearLTC) -> Folded:
    weight, bias = _matrix(cell.project)
    order = _interleaved(2, cell.units)  # z, g
    absolute = cell.activation == "abs"
    return Folded("linear_ltc", ((weight[order], bias[order]),), cell.units, absolute=absolute)


def _cfc(cell: CfC) -> Folded:
    if cell.mode != "default":
        raise UserError(f"cfc: mode '{cell.mode}' has no form on the target; train mode 'default'")
    weight, bias = _matrix(cell.backbone)
    order = _interleaved(2, cell.units)  # f1, f2
    parts = [_matrix(each) for each in (cell.ff1, cell.ff2, cell.time_a, cell.time_b)]
    (w1, b1), (w2, b2), (wa, ba), (wb, bb) = parts
    heads = np.concatenate([np.concatenate([w1, w2])[order], wa + wb])
    biases = np.concatenate([np.concatenate([b1, b2])[order], ba + bb])
    shared = (weight * LECUN[1], bias * LECUN[1])
    return Folded("cfc", (shared, (heads * LECUN[0], biases)), cell.units)


def _lstm(cell: LSTM) -> Folded:
    rnn = _untimed(cell)
    weight = np.concatenate([array(rnn.weight_ih_l0), array(rnn.weight_hh_l0)], axis=1)
    bias = array(rnn.bias_ih_l0) + array(rnn.bias_hh_l0)
    order = _interleaved(4, cell.units)  # i, f, g, o
    return Folded("lstm", ((weight[order], bias[order]),), cell.units)


def _gru(cell: GRU) -> Folded:
    """The candidate's two parts stay apart, as the reset gate asks."""
    rnn, u = _untimed(cell), cell.units
    own, back = array(rnn.weight_ih_l0), array(rnn.weight_hh_l0)
    own_bias, back_bias = array(rnn.bias_ih_l0), array(rnn.bias_hh_l0)
    order = _interleaved(2, u)  # r, z
    gates = np.concatenate([own, back], axis=1)[: 2 * u][order]
    return Folded("gru", (
        (gates, (own_bias + back_bias)[: 2 * u][order]),
        (own[2 * u :], own_bias[2 * u :]), (back[2 * u :], back_bias[2 * u :]),
    ), u)


FOLDERS = {LinearLTC: _linear_ltc, CfC: _cfc, LSTM: _lstm, GRU: _gru}


def _convolution(block: nn.Sequential) -> Folded:
    convolution, normal = block[0], block[1]
    gain = array(normal.weight) / np.sqrt(array(normal.running_var) + normal.eps)
    weight = array(convolution.weight) * gain[:, None, None]  # (unit, channel, tap)
    bias = array(normal.bias) - array(normal.running_mean) * gain
    stride, taps = convolution.stride[0], convolution.kernel_size[0]
    if convolution.groups > 1:
        filters = (weight[:, 0].T, bias)
        return Folded("depthwise", (filters,), len(bias), taps, stride, relu=True)
    rows = weight.transpose(0, 2, 1).reshape(len(weight), -1)
    return Folded("convolution", ((rows, bias),), len(bias), taps, stride, relu=True)


def _interleaved(blocks: int, units: int) -> np.ndarray:
    """Row numbers that put the ``blocks`` rows of a unit side by side."""
    return np.arange(blocks * units).reshape(blocks, units).T.ravel()


def _matrix(linear: nn.Linear) -> Matrix:
    return array(linear.weight), array(linear.bias)


def _untimed(cell: LSTM | GRU) -> nn.RNNBase:
    if cell.timed:
        raise UserError(
            f"{type(cell).__name__}: timed gates have no form on the target; resample to a "
            "constant rate"
        )
    return cell.rnn
