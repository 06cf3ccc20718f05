"""Boards, energy and batteries, against the measurements that they rest on."""

import numpy as np
import pytest

from lnnlab.errors import UserError
from lnnlab.reports import power
from lnnlab.target import battery, energy
from lnnlab.target.boards import board, boards, refuse_if_too_big
from lnnlab.target.cores import CORES


def test_leaving_one_benchmark_out_stays_within_the_stated_error():
    errors = energy.leave_one_benchmark_out()["error_percent"].abs()
    assert len(errors) >= 90
    assert errors.median() <= 5 and np.percentile(errors, 90) <= 10


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
            assert figure.source and figure.basis in ("datasheet", "secondary", "memory")
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
