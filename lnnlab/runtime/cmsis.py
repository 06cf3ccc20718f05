"""The runtime's kernels beside CMSIS-DSP's, as a page; ``tests/bench_cmsis.py`` measures."""

from pathlib import Path

import pandas as pd

MEASURED, PAGE = (Path(__file__).with_name(name) for name in ("cmsis.csv", "CMSIS.md"))
OWN, THEIRS = "lnnlab", "CMSIS-DSP"
_KERNELS = {"spectrum": "window, FFT of 512 and powers", "product": "32 rows by 64 columns of int8"}


def page(table: pd.DataFrame) -> str:
    """The text of ``CMSIS.md``.

    Args:
        table: library, figure, compiler, value, unit; see ``tests/bench_cmsis.py``.
    """
    timed = table[table.unit == "cycles"].set_index(["figure", "compiler", "library"]).value
    rest = table[table.unit != "cycles"].set_index(["figure", "library"])
    rows = [(f"{what}, {compiler}, cycles", timed[kernel, compiler, OWN],
             timed[kernel, compiler, THEIRS])
            for kernel, what in _KERNELS.items() for compiler in ("zig", "gcc")]
    ratios = [theirs / own for _, own, theirs in rows]
    lines = [f"| {what} | {own:,.0f} | {theirs:,.0f} | {theirs / own:.2f} |"
             for what, own, theirs in rows]
    for figure in dict.fromkeys(rest.index.get_level_values(0)):
        own, theirs = (rest.loc[(figure, each)] for each in (OWN, THEIRS))
        shown = "frames that differ between the M4 and a PC, " + own.unit
        lines.append(f"| {shown if own.unit != 'dB' else figure + ', dB'} "
                     f"| {own.value:g} | {theirs.value:g} | |")
    better = [figure for figure in dict.fromkeys(rest.index.get_level_values(0))
              if rest.loc[(figure, OWN)].unit == "dB"
              and rest.loc[(figure, OWN)].value > rest.loc[(figure, THEIRS)].value]
    ahead = f" CMSIS-DSP's is the smaller in: {', '.join(better)}." if better else ""
    return _TEXT.format(rows="\n".join(lines), least=min(ratios), most=max(ratios), ahead=ahead)


_TEXT = """# `lnn_process_cmsis` and CMSIS-DSP

The function has the name that the project's documents print. It runs the runtime's own kernels; no
CMSIS-DSP is needed, and none is here. A program that uses CMSIS-DSP for other things loses nothing:
both headers stand in one file, and all names that the linker sees of the runtime begin with `lnn_`.

Why own kernels: on an emulated Cortex-M4 at -O3, the same work takes CMSIS-DSP {least:.1f} to
{most:.1f} times as many cycles, its transform gives other bits on the M4 than on a PC, so that no
twin could hold it, and it loses what is quiet, as it does not scale a frame up first.

| | lnnlab | CMSIS-DSP | ratio |
|:--|--:|--:|--:|
{rows}

Cycles: emulated, middle of the model's band, flash without wait states; the spectrum is
`arm_mult_q15`, `arm_rfft_q15` and `arm_cmplx_mag_squared_q15` against `lnn_spectrum`, the product
`arm_mat_vec_mult_q7` against `lnn_product`, which also adds biases and requantises each row by its
own factor. Error: of the powers, relative to their sum of squares, median over 15 frames of tones
in noise whose loudest sample lies at that level, at the best common scale; of CMSIS-DSP from its
bins, squared in full precision.{ahead}

`python tests/bench_cmsis.py` measures anew, from CMSIS-DSP's source package (1.10.3), which it
fetches; `tests/test_runtime_cmsis.py` holds that the runtime's figures are today's.
"""
