"""Boards, energy and batteries, against the measurements that they rest on."""

import numpy as np
import pytest

from lnnlab.errors import UserError
from lnnlab.reports import power
from lnnlab.target import battery, energy
from lnnlab.target.boards import board, boards, refuse_if_too_big
from lnnlab.target.cores import CORES
from lnnlab.target.figures import BASES


def test_leaving_one_benchmark_out_stays_within_the_stated_error():
    errors = energy.leave_one_benchmark_out()["error_percent"].abs()
    assert len(errors) >= 90
    assert errors.median() <= 5 and np.percentile(errors, 90) <= 10


def test_leaving_one_submission_out_is_harder_and_says_so():
    """What boards are calibrated with, against what an easier question gave."""
    easy = energy.leave_one_benchmark_out()["error_percent"].abs()
    every = energy.leave_one_submission_out()
    alone = energy.leave_one_submission_out("L4R5ZI")
    assert len(alone) == 44 and set(alone["chip"]) == {"L4R5ZI"}
    assert every["error_percent"].abs().median() > 2 * easy.median()
    assert alone["error_percent"].abs().median() == pytest.approx(11.7, abs=0.1)
    assert np.percentile(alone["error_percent"].abs(), 90) == pytest.approx(38.5, abs=0.1)
    table = power.evidence().set_index(["model", "metric"])["value"]
    found = table["calibrated on the chip's other submissions", "median error"]
    assert found == pytest.approx(every["error_percent"].abs().median())


def test_a_submission_is_predicted_from_the_others_alone():
    rows = energy.leave_one_submission_out("U575")
    one = rows[(rows["round"] == rows["round"].iloc[0]) & (rows["stack"] == rows["stack"].iloc[0])]
    measured = energy.measurements()
    chip = measured[measured["chip"] == "U575"]
    means = chip.groupby(energy.GROUP)["pj_per_cycle"].mean()
    own = tuple(one.iloc[0][energy.GROUP])
    expected = means.drop(own).median()
    first = rows[[tuple(each) == own for each in rows[energy.GROUP].to_numpy()]]
    np.testing.assert_allclose(first["error_percent"],
                               100 * (expected / first["pj_per_cycle"] - 1))


def test_what_is_only_remembered_is_marked():
    nrf, l4, rp = (board(name) for name in ("nrf52840", "stm32l476", "rp2040"))
    assert energy.rests_on(l4) == energy.rests_on(nrf, "run", "sleep") == "modelled"
    assert energy.rests_on(nrf) == "modelled (wake-up from memory)"
    assert energy.rests_on(rp, "run", "sleep") == "modelled (run and sleep from memory)"
    calibrated = board("stm32l4r5")  # its run current is not used
    assert energy.rests_on(calibrated, "run") == "modelled"
    assert "sleep and wake-up" in energy.rests_on(calibrated)
    assert nrf.on_flash("emulated") == "emulated, flash assumed"
    assert board("stm32f407").on_flash("emulated") == "emulated"
    rows = power.power_rows({"rp2040": 1e5}, 2.0, 2.0, "net", {"rp2040": 1e4})
    named = rows.set_index("metric")["basis"]
    assert named["energy"] == "modelled (run from memory)"
    assert named["flash_latency"] == "emulated, flash assumed" and named["latency"] == "emulated"


def test_the_ratio_of_cortex_m4_boards_says_that_it_stands_on_one_chip():
    said = energy.energy_per_cycle(board("stm32l476")).basis
    assert "one chip, L4R5ZI; the datasheet of L4R5ZI is the STM32L476's" in said


def test_a_prediction_never_sees_what_it_predicts():
    rows = energy.leave_one_benchmark_out()
    own = rows[rows["stack"] == rows["stack"].iloc[0]]
    own = own[(own["chip"] == own["chip"].iloc[0]) & (own["round"] == own["round"].iloc[0])
              & (own["submitter"] == own["submitter"].iloc[0])
              & (own["variant"] == own["variant"].iloc[0])]
    for index in own.index:
        others = own.drop(index)["pj_per_cycle"].mean()
        cycles = own.loc[index, "energy_uj"] / own.loc[index, "pj_per_cycle"]
        assert own.loc[index, "predicted_uj"] == pytest.approx(cycles * others)


def test_energy_is_power_times_time_in_the_measurements():
    rows = energy.measurements()
    cycles = rows["time_ms"] * 1e3 * rows["mhz"]
    np.testing.assert_allclose(
        1e6 * rows["energy_uj"] / cycles, rows["pj_per_cycle"], rtol=2e-2
    )


def test_datasheets_alone_are_too_low():
    errors = energy.leave_one_chip_out()["datasheet_error_percent"]
    assert errors.max() < 0 and errors.median() < -20


def test_every_board_has_sourced_figures_and_a_known_core():
    for each in boards().values():
        assert each.core in CORES and each.clock_mhz <= each.max_mhz
        for figure in (each.wait_states, each.run_ua_per_mhz, each.stop_ua, each.wake_us):
            assert figure.source and figure.basis in BASES
        found = energy.energy_per_cycle(each)
        assert found.low_pj <= found.pj <= found.high_pj
        assert ("calibrated" in found.basis) == bool(each.mlperf_chip)


def test_average_power_between_sleep_and_full_load():
    chosen = board("stm32l476")
    idle, full = energy.idle_power_mw(chosen), energy.active_power_mw(chosen)
    assert energy.average_power_mw(chosen, 0, 0) == pytest.approx(idle)
    assert energy.average_power_mw(chosen, 1e9, 0) == full
    half = energy.average_power_mw(chosen, 0.5e6 * chosen.clock_mhz, 0)
    assert half == pytest.approx((idle + full) / 2)
    assert energy.average_power_mw(chosen, 0, 100) > idle  # waking up costs
    assert energy.energy_mj(chosen, 8e7)[0] == pytest.approx(full, rel=1e-9)  # one second


def test_unknown_boards_and_models_too_big():
    with pytest.raises(UserError, match="did you mean 'stm32f407'"):
        board("stm32f470")
    assert board("nucleo-f446re").name == "stm32f446"
    with pytest.raises(UserError, match=r"needs 40,000 bytes of flash \(code 9,000, model 31,000\)"
                                        r", the board has 32,768"):
        refuse_if_too_big(board("stm32f030"), {"code": 9000, "model": 31000}, {"arena": 10})
    with pytest.raises(UserError, match="bytes of RAM"):
        refuse_if_too_big(board("stm32f030"), {"code": 1}, {"arena": 5000})


def test_battery_life_and_its_warnings():
    coin = battery.cell("CR2032")
    fine = battery.life(coin, 0.6, 9.0)  # 0.2 mA, peaks of 3 mA
    leak_ma = 225 * 0.01 / battery.HOURS_PER_YEAR
    assert fine.hours == pytest.approx(225 / (0.2 + leak_ma)) and not fine.warning
    assert "beyond its pulse current of 15 mA" in battery.life(coin, 0.6, 60.0).warning
    assert "continuous" in battery.life(coin, 12.0, 12.0).warning
    with pytest.raises(UserError, match="did you mean 'CR2032'"):
        battery.cell("CR2023")


def test_power_on_a_board_is_emulated_and_modelled():
    rows = power.power_rows({"stm32l476": 8e4}, 10.0, 80.0, "net")
    assert set(rows["basis"]) == {"emulated", "modelled"}
    assert rows.set_index("metric").loc["latency", "value"] == pytest.approx(1.0)


@pytest.mark.parametrize("cycles_per_s, wakes_per_s", [(0, 0), (2e6, 50), (3e7, 4000), (9e9, 50)])
def test_the_parts_of_a_mean_power_are_all_of_it_and_only_sleep_has_no_band(
    cycles_per_s, wakes_per_s
):
    for each in boards().values():
        parts = energy.power_parts_mw(each, cycles_per_s, wakes_per_s)
        mean = energy.average_power_mw(each, cycles_per_s, wakes_per_s)
        assert sum(parts.values()) == pytest.approx(mean) and min(parts.values()) >= 0
        value, low, high = energy.average_power_band_mw(each, cycles_per_s, wakes_per_s)
        pj = energy.energy_per_cycle(each)
        assert value == pytest.approx(mean) and low <= value <= high
        assert (high - parts["sleeping"]) * pj.pj == pytest.approx(
            (mean - parts["sleeping"]) * pj.high_pj)
