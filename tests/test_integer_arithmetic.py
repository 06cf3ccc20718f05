"""Integer arithmetic against scipy and numpy, and where it must not overflow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, softmax

from lnnlab.integer import arithmetic as a

INT16 = np.arange(-32768, 32768)


def test_halved_rounds_to_nearest_and_halves_up():
    x = np.arange(-1000, 1000)
    for shift in (1, 3, 7):
        np.testing.assert_array_equal(a.halved(x, shift), np.floor(x / 2**shift + 0.5))
    np.testing.assert_array_equal(a.halved(x, 0), x)


@given(st.integers(-(2**24) + 1, 2**24 - 1), st.integers(0, 32767), st.integers(0, 6),
       st.integers(0, 15))
def test_requantisation_is_two_roundings_of_the_exact_product(acc, factor, up, down):
    with a.checked():
        got = int(a.requantise(np.array([acc]), np.array([factor]), up, down)[0])
    floored = acc * factor * 2**up // 2**16
    assert got == (floored + (2**down >> 1)) // 2**down
    exact = acc * factor * 2.0**up / 2.0 ** (16 + down)
    assert exact - 0.5 - 2.0**-down <= got <= exact + 0.5


def test_sigmoid_errs_less_than_stated_over_all_of_int16():
    exact = 32768 * expit(INT16 / 4096)
    got = a.sigmoid(INT16)
    bend = np.sqrt(3) / 18  # largest second derivative of the sigmoid
    pieces = 32768 * bend / 16**2 / 8
    assert np.abs(got - exact).max() < pieces + 0.5 + 0.5  # roundings of the table and the result
    assert got.min() >= 0 and got.max() <= 32767 and (np.diff(got) >= 0).all()


def test_tanh_of_half_is_tanh_and_odd_but_for_the_last_digit():
    exact = 32768 * np.tanh(INT16 / 8192)
    got = a.tanh_of_half(INT16)
    assert np.abs(got - exact).max() < 2 * 2.6
    mirrored = got[1:] + got[1:][::-1]
    assert np.abs(mirrored).max() <= 2
    assert got[32768] == 0


def test_log2_errs_less_than_half_a_thousandth_of_an_octave():
    random = np.random.default_rng(0)
    v = np.concatenate([np.arange(1, 5000), (2.0 ** random.uniform(0, 32, 20000)).astype(np.int64),
                        [2**32 - 1, 2**31, 2**31 - 1]])
    error = a.log2_q10(v) - 1024 * np.log2(v)
    assert np.abs(error).max() < 1.3  # 0.5 of the table, 0.5 of rounding, 0.18 of the pieces
    assert (np.diff(a.log2_q10(np.sort(v))) >= 0).all()


def test_leading_zeros():
    v = np.array([0, 1, 2, 3, 2**15, 2**31, 2**32 - 1])
    np.testing.assert_array_equal(a.leading_zeros(v), [32 - int(x).bit_length() for x in v])


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=20))
def test_confidence_is_the_softmax_of_the_largest_logit(logits):
    logits = np.array(logits)
    with a.checked():
        got = int(a.confidence_q15(logits[None])[0])
    exact = 32768 * softmax(logits / 256).max()
    # log2(e) is 369/256 to 8e-5, an exponent rounds to 1/256 of an octave: 0.3 % of each share
    assert abs(got - exact) < 0.004 * exact + 2
    assert 0 < got <= 32767


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=20))
def test_confidence_is_to_the_bit_what_the_definition_says(logits):
    power = [round(32768 * 2 ** (-i / 32)) for i in range(33)]
    total = 0
    for logit in logits:
        g = ((max(logits) - logit) * 369 + 128) // 256
        i, r = g // 8 % 32, g % 8
        total += (power[i] + ((power[i + 1] - power[i]) * r + 4) // 8) >> min(g // 256, 31)
    assert int(a.confidence_q15(np.array([logits]))[0]) == min(32767, 2**30 // total)


@pytest.mark.parametrize("inputs", [1, 514])
def test_the_largest_product_fits(inputs):
    x = np.full((1, inputs), -128)
    weight = np.array([[127] * inputs, [-127] * inputs])
    bias = np.array([-(2**23), 2**23])
    with a.checked():
        acc = a.product(x, weight, bias)
        a.requantise(acc, np.array([32767, 32767]), 6, 15)
    assert np.abs(acc).max() < 2**24
    np.testing.assert_array_equal(acc[0], bias + (x @ weight.T)[0])
    # the packed kernel: 256·B + A of a whole row pair stays inside int32
    assert abs(int(x[0] @ (256 * weight[1] + weight[0]))) < 2**31


def test_checked_raises_where_a_register_would_wrap():
    with a.checked(), pytest.raises(OverflowError, match="does not fit int32"):
        a.requantise(np.array([2**26]), np.array([1]), 6, 0)
    assert a.requantise(np.array([2**26]), np.array([1]), 6, 0)[0] == 2**16
    with a.checked(), pytest.raises(OverflowError, match="int16"):
        a.int16(np.array([32768]))
    with a.checked(), pytest.raises(OverflowError, match="uint32"):
        a.uint32(np.array([-1]))
