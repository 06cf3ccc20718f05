"""Times in every form, clocks with ticks, jitter and gaps, rates that nothing tells."""

import re
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_tables import check, lines, loaded, values, written

from lnnlab import lnn_file
from lnnlab.cli import liquid_compress, liquid_profile, main
from lnnlab.data import load
from lnnlab.data.tables.clock import at_rate, clock_of, evenly
from lnnlab.data.tables.units import SECONDS, time_unit_s
from lnnlab.errors import UserError


def timed(name, time, head=""):
    """A table with a first column of times: ``time(k)`` of each row."""
    return f"{name},ax,ay,label\n{head}" + lines(lambda k, v, y: f"{time(k)},{v[0]},{v[1]},{y}")


def at(form, step_s, hours=0):
    """The time of row k from half a minute before noon on, as ``strftime`` writes it."""
    start = datetime(2024, 3, 5, 11, 59, 30) + timedelta(hours=hours)
    return lambda k: (start + timedelta(seconds=k * step_s)).strftime(form)


def zoned(form, change, ahead_h):
    """A second a row, half a minute before a zone's clocks are put and half a minute after."""
    def time(k):
        late = k >= 30
        t = change + timedelta(seconds=k - 30, hours=ahead_h * late)
        return t.strftime(form) + ("CEST" if late == (ahead_h > 0) else "CET")
    return time


EPOCH = 1_709_640_000
TIMES = {  # name → header, time of row k, rate, what the account says of its unit
    "milliseconds by bracket": ("Time (ms)", lambda k: 10 * k, 100.0, "in milliseconds"),
    "microseconds by bracket": ("t [us]", lambda k: 2500 * k, 400.0, "in microseconds"),
    "tenths of a millisecond": ("Time [0.1 ms]", lambda k: 100 * k, 100.0, "units of 0.0001 s"),
    "by ending": ("t_ms", lambda k: 10 * k, 100.0, "in milliseconds"),
    "nanoseconds": ("timestamp_ns", lambda k: 10**7 * k, 100.0, "in nanoseconds"),
    "behind a slash": ("t/ms", lambda k: 10 * k, 100.0, "in milliseconds"),
    "in words": ("Time in s", lambda k: f"{k / 50:.2f}", 50.0, "in seconds"),
    "a name alone": ("millis", lambda k: 1234 + 10 * k, 100.0, "in milliseconds"),
    "camels": ("timeMs", lambda k: 10 * k, 100.0, "in milliseconds"),
    "minutes": ("time_min", lambda k: f"{k * 0.5:.1f}", 1 / 30, "in minutes"),
    "epoch, seconds": ("time", lambda k: f"{EPOCH + k * 0.01:.3f}", 100.0, "seconds since 1970"),
    "epoch, ms": ("timestamp", lambda k: EPOCH * 1000 + 10 * k, 100.0, "milliseconds since 1970"),
    "epoch, us": ("t", lambda k: (EPOCH * 100 + k) * 10**4, 100.0, "microseconds since 1970"),
    "epoch, ns": ("t", lambda k: (EPOCH * 100 + k) * 10**7, 100.0, "nanoseconds since 1970"),
    "days of Excel": ("time", lambda k: f"{45356.5 + k * 0.01 / 86400:.11f}", 100.0, "Excel"),
    "ISO": ("timestamp", lambda k: f"2024-03-05T12:00:00.{10 * k:03d}", 100.0, "ISO 8601"),
    "ISO with a zone": ("ts", lambda k: f"2024-03-05 12:00:00.{10 * k:03d}+01:00", 100.0, "ISO"),
    "ISO of UTC": ("ts", lambda k: f"2024-03-05T12:00:00.{10 * k:03d}Z", 100.0, "ISO 8601"),
    "no fraction where zero": (
        "ts", lambda k: f"2024-03-05 12:00:0{k // 4}" + ("", ".25", ".5", ".75")[k % 4]
        if k < 40 else f"2024-03-05 12:00:{k // 4}" + ("", ".25", ".5", ".75")[k % 4],
        4.0, "ISO 8601"),
    "German date": ("Zeit", lambda k: f"05.03.2024 12:00:00.{10 * k:03d}", 100.0, "dates"),
    "American date": ("time", lambda k: f"3/5/2024 1:00:00.{10 * k:03d} PM", 100.0, "dates"),
    "time of day": ("time", lambda k: f"12:34:56.{10 * k:03d}", 100.0, "times of day"),
    "milliseconds behind a colon": (
        "time", lambda k: f"12:34:56:{10 * k:03d}", 100.0, "times of day"),
    "minutes and seconds of Excel": (
        "time", lambda k: f"{(3590 + k // 10) // 60 % 60:02d}:{(3590 + k // 10) % 60:02d}.{k % 10}",
        10.0, "minutes and seconds"),
    "past midnight": (
        "time", lambda k: f"{'23:59:59' if k < 32 else '00:00:00'}.{k % 32 * 31250:06d}", 32.0,
        "times of day"),
    "noon": ("time", lambda k: f"{'11:59:59' if k < 32 else '12:00:00'}.{k % 32 * 31250:06d} "
             + ("AM" if k < 32 else "PM"), 32.0, "times of day"),
    "days of MATLAB": ("datenum", lambda k: f"{739316.5 + k * 0.01 / 86400:.10f}", 100.0, "MATLAB"),
    "a bar between": ("time", lambda k: f"2024/03/05-12:00:00.{10 * k:03d}", 100.0, "dates"),
    "Spanish afternoon": (
        "time", lambda k: f"05/03/2024 01:00:00.{10 * k:03d} p. m.", 100.0, "dates"),
    "what pandas writes of durations": (
        "elapsed", lambda k: f"0 days 00:00:00.{10 * k:03d}000", 100.0, "times of day"),
    "seconds by default": ("time", lambda k: f"{k / 100:.2f}", 100.0, "taken as seconds"),
    "fractions of a day": (
        "Time", lambda k: f"{0.5 + k * 0.01 / 86400:.10f}", 100.0, "fractions of a day as Excel"),
    "fractions of a day from its start": (
        "Time", lambda k: f"{k / 86400:.12f}", 1.0, "fractions of a day as Excel"),
    "hours and minutes": (
        "time", lambda k: f"{8 + k // 60:02d}:{k % 60:02d}", 1 / 60, "taken as hours and minutes; "
        "if not, write minutes and seconds as 0:08:30"),
    "hours and minutes past midnight": (
        "Zeit", at("%H:%M", 60, hours=12), 1 / 60,
        "taken as hours and minutes"),
    "hours and minutes by unit": (
        "time [hh:mm]", lambda k: f"{k // 60:02d}:{k % 60:02d}", 1 / 60, "', hours and minutes"),
    "hours and minutes of the morning": (
        "time", lambda k: f"{8 + k // 60}:{k % 60:02d} AM", 1 / 60, "times of day"),
    "more minutes than a day has hours": (
        "time", lambda k: f"{24 + k // 60}:{k % 60:02d}", 1.0, "', minutes and seconds"),
    "minutes and seconds by unit": (
        "t (mm:ss)", lambda k: f"{k // 60:02d}:{k % 60:02d}", 1.0, "', minutes and seconds"),
    "minutes and seconds by name": (
        "elapsed", lambda k: f"{k // 60:02d}:{k % 60:02d}", 1.0, "', minutes and seconds"),
    "the day first": (
        "time", lambda k: f"0{1 + k // 12}/05/2024 {k % 12 * 2:02d}:00", 1 / 7200,
        "dates, the day first"),
    "the month first": (
        "time", lambda k: f"05/0{1 + k // 12}/2024 {k % 12 * 2:02d}:00", 1 / 7200,
        "dates, the month first"),
    "the first of months": (
        "date", lambda k: f"{1 + k % 12:02d}/01/{1990 + k // 12}", 3.8e-7,
        "dates, the month first"),
    "days": ("date", at("%d/%m/%Y", 86400), 1 / 86400, "dates"),
    "days with names of months": ("date", at("%d-%b-%Y", 86400), 1 / 86400, "dates"),
    "digits of a time of day": ("time", at("%H%M%S", 1), 1.0, "digits of hours, minutes"),
    "digits of a time of day past midnight": (
        "time", at("%H%M%S.%f", 1.5, hours=12), 2 / 3, "digits of hours, minutes"),
    "digits of a date": ("timestamp", at("%Y%m%d%H%M%S", 1), 1.0, "digits of hours, minutes"),
    "digits of a date in a minute": (
        "timestamp", lambda k: f"20240305120000{10 * k:03d}", 100.0, "digits of hours, minutes"),
    "UTC": ("ts", at("%Y-%m-%d %H:%M:%S.%f UTC", 0.01), 100.0, "ISO 8601"),
    "GMT": ("ts", at("%Y-%m-%d %H:%M:%S GMT", 1), 1.0, "ISO 8601"),
    "a zone and how far it is": ("ts", at("%H:%M:%S GMT+0100", 1), 1.0, "times of day"),
    "a zone of its own": ("Zeit", at("%d.%m.%Y %H:%M:%S CET", 1), 1.0, "dates"),
    "Edge Impulse": ("timestamp", lambda k: 10 * k, 100.0, "taken as milliseconds"),
    "milliseconds in mixed case": ("time_mS", lambda k: 10 * k, 100.0, "in milliseconds"),
    "a word in two": ("Elapsed MilliSeconds", lambda k: 10 * k, 100.0, "in milliseconds"),
    "two words and a bracket": ("Time (milli seconds)", lambda k: 10 * k, 100.0, "in milliseconds"),
    "with a full stop": ("Time(Sec.)", lambda k: k, 1.0, "in seconds"),
    "two digits of a year, first": (
        "time", at("%y/%m/%d %H:%M:%S", 1, hours=12), 1.0, "dates, the year first"),
    "two digits of a year and bars": ("time", at("%y-%m-%d %H:%M:%S.%f", 0.01), 100.0, "dates"),
    "the day first and bars": ("time", at("%d-%m-%y %H:%M:%S", 1, hours=12), 1.0, "dates"),
    "a German month": ("Zeit", at("%d-Mai-%Y %H:%M:%S", 1), 1.0, "ISO 8601"),
    "dots": ("Zeit", at("%H.%M.%S", 1), 1.0, "times of day"),
    "dots early in an hour": ("Zeit", at("%H.%M.%S", 1, hours=0.1), 1.0, "times of day"),
    "days with dots": ("Datum", at("%d.%m.%y", 86400), 1 / 86400, "dates, the day first"),
    "days with dots, the year first": (
        "Datum", at("%y.%m.%d", 86400, hours=-12 * 8760), 1 / 86400, "dates, the year first"),
    "a date and dots": ("Zeit", at("%d.%m.%Y %H.%M.%S", 1, hours=12), 1.0, "dates"),
    "digits around a T": ("ts", at("%Y%m%dT%H%M%S.%f", 0.01), 100.0, "ISO 8601"),
    "digits and a line": ("ts", at("%Y%m%d_%H%M%S", 1, hours=12), 1.0, "ISO 8601"),
    "bars for colons": ("ts", at("%Y-%m-%d_%H-%M-%S", 1), 1.0, "ISO 8601"),
    "as C prints it": ("ts", at("%a %b %d %H:%M:%S %Y", 1), 1.0, "ISO 8601"),
    "of mail": ("ts", at('"%a, %d %b %Y %H:%M:%S +0000"', 1), 1.0, "ISO 8601"),
    "PostgreSQL": ("ts", at("%Y-%m-%d %H:%M:%S.%f+00", 0.01), 100.0, "ISO 8601"),
    "a zone's place": ("ts", at("%Y-%m-%dT%H:%M:%S+01:00[Europe/Berlin]", 1), 1.0, "ISO 8601"),
    "the day of the year": ("ts", at("%Y-%jT%H:%M:%S", 1, hours=12), 1.0, "ISO 8601"),
    "IRIG": ("ts", at("%j:%H:%M:%S.%f", 0.01), 100.0, "times of day"),
    "Chinese": ("ts", at("%Y年%m月%d日 %H:%M:%S", 1), 1.0, "ISO 8601"),
    "into summer": ("ts", zoned("%Y-%m-%d %H:%M:%S ", datetime(2024, 3, 31, 2), 1), 1.0,
                    "ISO 8601 of its zones"),
    "into winter": ("ts", zoned("%d.%m.%Y %H:%M:%S ", datetime(2024, 10, 27, 3), -1), 1.0,
                    "dates of its zones"),
    "from below 24 past it": (
        "time", lambda k: f"{(1438 + k) // 60}:{(1438 + k) % 60:02d}", 1.0,
        "taken as minutes and seconds; if not, write hours and minutes as 08:30:00"),
    "from 0 past a day's hours": (
        "time", lambda k: f"{k // 2:02d}:{k % 2 * 30:02d}", 1 / 30,
        "taken as minutes and seconds; if not, write hours and minutes as 08:30:00"),
    "a digit of minutes": (
        "Elapsed", lambda k: f"{k // 60}:{k % 60:02d}", 1.0, "taken as minutes and seconds"),
    "seconds behind days": (
        "time", lambda k: f"0:10:{k // 60:02d}:{k % 60:02d}", 1.0, "days and times of day"),
    "frames": ("time", lambda k: f"12:00:{k // 25:02d}:{k % 25:02d}", 25.0, "25 frames a second"),
    "hundredths": ("time", lambda k: f"12:00:00:{k:02d}", 100.0, "times of day"),
    "milliseconds of an afternoon": (
        "time", lambda k: f"1:00:00:{10 * k:03d} PM", 100.0, "times of day"),
}


@pytest.mark.parametrize("case", TIMES)
def test_forms_and_units_of_time(tmp_path, case):
    name, time, rate_hz, words = TIMES[case]
    for options in ({}, {"time": name}):
        dataset = loaded(tmp_path / "a.csv", timed(name, time), **options)
        check(dataset, pytest.approx(rate_hz, rel=1e-5))
        assert words in dataset.account.rate_from and f"'{name}'" in dataset.account.text()


UNITS = [each for each in SECONDS if each not in ("d", "h")]  # which alone are other things


@given(unit=st.sampled_from(UNITS), cases=st.lists(st.booleans(), min_size=13, max_size=13),
       form=st.sampled_from(["{}", "t_{}", "Time ({})", "time [{}.]", "t/{}", "Elapsed {}"]))
@example(unit="mins", cases=[False] * 3 + [True] * 10, form="{}")
@settings(max_examples=200, deadline=None)
def test_a_unit_of_time_is_the_same_in_any_case(unit, cases, form):
    mixed = "".join(each.upper() if up and len(each.upper()) == 1 and each not in "µμ" else each
                    for each, up in zip(unit, cases, strict=False))
    assert time_unit_s(form.format(mixed)) == SECONDS[unit]


def test_a_unit_that_is_one_of_two_is_none(tmp_path):
    assert time_unit_s("TimemS") is None and time_unit_s("timeInMilliSeconds") == 1e-3


def test_a_date_that_every_row_has_is_a_name(tmp_path):
    for name in ("20240305_115958", "1.00.00"):
        text = timed("take,time", lambda k, name=name: f"{name},{k / 100:.2f}")
        check(loaded(tmp_path / "a.csv", text), 100.0)


def test_a_unit_below_the_name_and_a_date_of_its_own(tmp_path):
    check(loaded(tmp_path / "a.csv", timed("t", lambda k: 10 * k, "ms,g,g,-\n")), 100.0)
    text = "Date;Time;ax;ay;label\n" + lines(
        lambda k, v, y: f"05.03.2024;12:00:00.{10 * k:03d};{v[0]};{v[1]};{y}")
    check(loaded(tmp_path / "b.csv", text), 100.0)


PARTS = {  # names of the columns → their cells of row k, whether they are parts of one time
    "secs,nsecs": (lambda k: f"{EPOCH + k // 10},{k % 10 * 10**8 + 3 * 10**7}", True),
    "stamp.sec,stamp.nanosec": (lambda k: f"{k // 10},{k % 10 * 10**8}", True),
    "hour,minute,second,millisecond": (
        lambda k: f"{23 * (k < 32)},{59 * (k < 32)},{(k + 568) // 10 % 60},{(k + 8) % 10 * 100}",
        True),
    "minute,second": (lambda k: f"12,{k / 10:.1f}", True),
    "Hour,Minute,Second,MilliSecond": (lambda k: f"12,0,{k // 10},{k % 10 * 100}", True),
    "Date,Time,mSec": (
        lambda k: f"2024-03-05,12:00:{(k + 8) // 10:02d},{(k + 8) % 10 * 100}", True),
    "year,month,day,hour,minute,second": (lambda k: (
        datetime(2024, 2, 29, 23, 59, 57) + timedelta(seconds=k / 10)).strftime(
            "%y,%m,%d,%H,%M,%S.%f"), True),
    "year,t_ms": (lambda k: f"2024,{100 * k}", False),
    "millis,micros": (lambda k: f"{100 * k},{100_000 * k}", False),
    "Date,Time,Millisecond": (
        lambda k: f"2024-03-05,12:00:{(k + 8) // 10:02d},{(k + 8) % 10 * 100}", True),
    "Date&Time,ms": (lambda k: f"2024/03/05 12:00:{(k + 8) // 10:02d},{(k + 8) % 10 * 100}", True),
    "Timestamp,ms": (lambda k: f"2024-03-05 12:00:{(k + 8) // 10:02d},{k * 100}", False),
}


@pytest.mark.parametrize("names", PARTS)
def test_parts_of_a_time_are_one_clock(tmp_path, names):
    time, parts = PARTS[names]
    dataset = loaded(tmp_path / "a.csv", timed(names, time))
    check(dataset, 10.0)
    assert ("added up to one clock" in dataset.account.text()) == parts
    again = loaded(tmp_path / "a.csv", timed(names, time), time=next(
        name for name, role in dataset.account.columns.items() if role == "time"))
    check(again, 10.0)


def test_milliseconds_that_go_on_by_themselves_are_no_part_of_a_time(tmp_path):
    text = timed("time,ms", lambda k: f"12:00:{50 + (k >= 30)},{10 * k}")
    check(loaded(tmp_path / "a.csv", text), 100.0)


def test_what_short_times_are_is_one_for_all_files(tmp_path):
    place = folder(tmp_path / "a", "time,ax,ay\n", ("", lambda k: f"{10 + k // 60}:{k % 60:02d},"),
                   ("", lambda k: f"{24 + k // 60}:{k % 60:02d},"))
    dataset = load(place, window=8)
    assert dataset.rate_hz == 1.0 and len(dataset) == 16


def test_a_day_is_no_clock_where_the_rate_is_told(tmp_path):
    text = timed("date", lambda k: "14/05/2024")
    dataset = loaded(tmp_path / "a.csv", text)
    check(dataset)
    assert "fewer than 4 different times: too coarse" in dataset.account.rate_from
    check(loaded(tmp_path / "b.csv", f"# Sampling rate: 400 Hz\n{text}"), 400.0)


def test_a_clock_is_no_channel_and_names_none(tmp_path):
    """The same network is trained with the column and without it."""
    with_time = loaded(tmp_path / "a.csv", timed("timestamp", lambda k: EPOCH * 1000 + 10 * k))
    without = loaded(tmp_path / "b.csv", "ax,ay,label\n" + lines(
        lambda k, v, y: f"{v[0]},{v[1]},{y}"))
    np.testing.assert_array_equal(with_time.x, without.x)
    for name, time in (("encoder", lambda k: 1.5 * k + 0.1 * (k % 3)), ("n", lambda k: k),
                       ("T", lambda k: 20 + 0.013 * k)):
        dataset = loaded(tmp_path / "c.csv", timed(name, time))
        check(dataset)
        assert f"Column '{name}'" in dataset.account.text()
        chosen = loaded(tmp_path / "c.csv", timed(name, time), channels=[name, "ax"])
        assert chosen.channels == (name, "ax")


def test_counting_without_a_unit_gives_no_rate(tmp_path):
    for step in (1, 10):
        dataset = loaded(tmp_path / "a.csv", timed("time", lambda k, step=step: step * k))
        check(dataset)
        assert "counts without a unit; name it time_ms" in dataset.account.rate_from
    odd = loaded(tmp_path / "b.csv", timed("time [loops]", lambda k: 10 * k)).account.rate_from
    assert "counts in 'loops', which is no unit that is known; write its times in ms" in odd
    check(loaded(tmp_path / "a.csv", timed("time", lambda k: 10 * k), rate_hz=100.0), 100.0)
    check(loaded(tmp_path / "a.csv", timed("time", lambda k: 10 * k), time="time"), 0.1)


def test_steps_that_count_without_a_unit_give_no_rate(tmp_path):
    text = timed("dt", lambda k: (2480, 2500, 2520)[k % 3])
    dataset = loaded(tmp_path / "a.csv", text)
    check(dataset)
    assert "column 'dt' counts without a unit; name it dt_ms" in dataset.account.rate_from
    check(loaded(tmp_path / "b.csv", text.replace("dt,", "dt_us,")), 400.0)
    seconds = timed("dt", lambda k: f"{(2480, 2500, 2520)[k % 3] / 1e6:.6f}")
    check(loaded(tmp_path / "c.csv", seconds), 400.0)


@pytest.mark.parametrize("order", [
    np.arange(64)[::-1], np.random.default_rng(0).permutation(64)])
def test_rows_out_of_order_are_one_line(tmp_path, order):
    text = timed("t_ms", lambda k: 10 * order[k])
    with pytest.raises(UserError, match="column 't_ms': .* not in the order of their times; sort"):
        loaded(tmp_path / "a.csv", text, time="t_ms")


def test_a_timestamp_of_large_steps_gives_no_rate(tmp_path):
    """Edge Impulse's are milliseconds; steps of 10,000 would be a sample in ten seconds."""
    check(loaded(tmp_path / "a.csv", timed("timestamp", lambda k: 10_000 * k)), None)


@pytest.mark.parametrize(("time", "words"), [
    (lambda k: EPOCH + 128 * (k // 40), "fewer than 4 different times: too coarse"),
    (lambda k: EPOCH + k // 10, "to within"),
])
def test_coarse_clocks_say_how_sure_they_are_and_a_given_rate_counts(tmp_path, time, words):
    dataset = loaded(tmp_path / "a.csv", timed("time", time))
    assert words in dataset.account.rate_from
    check(loaded(tmp_path / "a.csv", timed("time", time), rate_hz=10.4), 10.4)


def test_rows_that_stand_twice_are_told(tmp_path):
    rows = timed("t_ms", lambda k: 10 * k).splitlines()
    dataset = loaded(tmp_path / "a.csv", "\n".join([*rows[:22], rows[21], *rows[22:]]))
    check(dataset, 100.0)
    assert "1 row repeats the row before, the first row 23: left out." in dataset.account.text()
    same_time = timed("t_ms", lambda k: 10 * (k - (k == 21)))
    check(loaded(tmp_path / "b.csv", same_time), 100.0)  # another sample


@pytest.mark.parametrize("rate_hz", [400, 1600, 3200, 952, 104, 12.5])
def test_whole_milliseconds_are_regular(tmp_path, rate_hz):
    dataset = loaded(tmp_path / "a.csv", timed("t_ms", lambda k: int(1000 * k / rate_hz)))
    check(dataset, pytest.approx(rate_hz, rel=0.03))
    if rate_hz in (400, 12.5):
        assert dataset.rate_hz == rate_hz


def test_packets_that_share_a_time_are_regular(tmp_path):
    check(loaded(tmp_path / "a.csv", timed("time_ms", lambda k: 80 * (k // 8))),
          pytest.approx(100.0, rel=0.2))


@given(rate_hz=st.floats(0.5, 20_000), tick_s=st.sampled_from([0.0, 1e-6, 1e-3, 1e-2]),
       count=st.integers(200, 3000), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_clock_with_a_tick_or_jitter_is_steady_and_its_rate_is_right(
    rate_hz, tick_s, count, seed
):
    random, step = np.random.default_rng(seed), 1 / rate_hz
    s = step * (np.arange(count) + random.uniform(-0.1, 0.1, count) * (tick_s == 0))
    s = np.floor(s / tick_s) * tick_s if tick_s else s
    if s[-1] <= 4 * tick_s:
        return  # shorter than the clock can tell
    clock = clock_of(s, tick_s, np.array([0]))
    longer = np.flatnonzero(np.diff(s) > 1.5 * tick_s) + 1
    if tick_s < step < 1.05 * tick_s and 0 < len(longer) < 3:  # as if a sample a tick were lost
        assert clock.regular and clock.breaks == tuple(longer)
        return
    assert clock.regular and not clock.breaks
    assert abs(clock.rate_hz / rate_hz - 1) <= 2 * max(tick_s, step) / s[-1] + 1e-6


@given(seed=st.integers(0, 999))
@settings(max_examples=30, deadline=None)
def test_random_steps_are_irregular(seed):
    s = np.cumsum(np.random.default_rng(seed).uniform(0.5, 2.0, 400))
    assert not clock_of(s, 0.0, np.array([0])).regular
    assert not clock_of(np.round(s, 3), 1e-3, np.array([0])).regular


def test_missing_samples_end_a_recording(tmp_path):
    dataset = loaded(tmp_path / "a.csv", timed("t_ms", lambda k: 10 * k + 500 * (k >= 16)))
    assert dataset.rate_hz == 100.0 and len(set(dataset.groups["recording"])) == 3
    assert "samples are missing at 1 place, the first before row 18" in dataset.account.text()
    dataset = loaded(tmp_path / "b.csv", timed("t_ms", lambda k: 10 * k + 500 * (k >= 5)))
    assert "1 piece between gaps or restarts shorter" in dataset.account.text()
    assert len(dataset) == 3 + 4


def test_a_clock_that_starts_anew_ends_a_recording(tmp_path):
    dataset = loaded(tmp_path / "a.csv", timed("t_ms", lambda k: 10 * (k % 16)))
    assert dataset.rate_hz == 100.0 and len(set(dataset.groups["recording"])) == 4
    with pytest.raises(UserError, match="row 22, column 't_ms': time does not increase"):
        loaded(tmp_path / "a.csv", timed("t_ms", lambda k: 10 * k - 55 * (k == 20)), time="t_ms")


RATES = {  # time of row k, ms → rate to which recordings are resampled, what is told
    "from a start anew": (lambda k: 10 * k if k < 32 else 5 * (k - 32), "100, 200"),
    "behind a pause": (lambda k: 10 * k if k < 32 else 2000 + 2.5 * k, "100, 400"),
    "a little": (lambda k: 10 * k if k < 32 else 8 * (k - 32), "100, 125"),
}


@pytest.mark.parametrize("case", RATES)
def test_recordings_of_one_file_at_two_rates_are_resampled(tmp_path, case):
    time, told = RATES[case]
    dataset = loaded(tmp_path / "a.csv", timed("t_ms", time))
    assert dataset.rate_hz == 100.0
    assert f"recordings differ ({told} Hz) and were resampled" in dataset.account.rate_from
    slow, fast = (dataset.x[dataset.y == k].reshape(-1, 2) for k in (0, 1))
    np.testing.assert_allclose(slow, values()[:32], atol=1e-6)
    assert len(fast) == 32 * 100 // float(told.split()[1]) // 8 * 8


def test_clocks_of_one_file_that_hardly_differ_are_one(tmp_path):
    text = timed("t_s", lambda k: f"{k / 100 if k < 32 else (k - 32) / 100.4:.6f}")
    dataset = loaded(tmp_path / "a.csv", text)
    assert dataset.rate_hz == pytest.approx(100.2, abs=0.1) and len(dataset) == 8
    check(loaded(tmp_path / "b.csv", timed("t_ms", lambda k: int(k / 0.943))), pytest.approx(
        943, rel=0.03))


def folder(place, head, ok, worn):
    """Two files of a class each, with a line above and a first cell of each row of their own."""
    for label, (above, time) in {"ok": ok, "worn": worn}.items():
        written(place / label / "a.csv", above + head + lines(
            lambda k, v, y, time=time: f"{time(k)}{v[0]},{v[1]}"))
    return str(place)


@pytest.mark.parametrize("mark", ".:")
def test_fractions_without_leading_zeros_are_refused(tmp_path, mark):
    text = timed("time", lambda k: f"12:00:00{mark}{10 * k}")
    told = f"row 12, .*0{mark}100' behind '.*0{mark}90': fractions of seconds lack leading zeros"
    with pytest.raises(UserError, match=told):
        loaded(tmp_path / "a.csv", text)


def test_files_that_lack_the_rate_that_others_tell_are_named(tmp_path):
    place = folder(tmp_path / "some", "ax,ay\n", ("# Sampling rate: 400 Hz\n", lambda k: ""),
                   ("", lambda k: ""))
    dataset = load(place, window=8)
    assert dataset.rate_hz is None
    assert "only some files tell it (400 Hz), worn/a.csv does not" in dataset.account.rate_from
    assert load(place, window=8, rate_hz=400).rate_hz == 400


def test_seconds_in_one_file_and_milliseconds_in_another_are_refused(tmp_path):
    place = folder(tmp_path / "mix", "time,ax,ay\n", ("", lambda k: f"{k / 400:.4f},"),
                   ("", lambda k: f"{k * 2.5},"))
    with pytest.raises(UserError, match="worn/a.csv: column 'time' tells 0.4 Hz, but in .*ok/a.csv "
                                        "400 Hz, 1,000 times as much"):
        load(place, window=8)


def irregular(name="t_s"):
    steps = np.random.default_rng(1).uniform(0.5, 2.0, 64)
    return timed(name, lambda k: f"{np.cumsum(steps)[k]:.4f}"), np.cumsum(steps)


def test_a_clock_may_start_anew_after_the_label_changed(tmp_path):
    text = timed("t_ms", lambda k: 10 * (k % 48))
    dataset = loaded(tmp_path / "a.csv", text)
    assert dataset.rate_hz == 100 and len(set(dataset.groups["recording"])) == 3
    assert "time starts anew 1 time" in dataset.account.text()


def test_irregular_times_are_kept_or_resampled(tmp_path):
    text, s = irregular()
    dataset = loaded(tmp_path / "a.csv", text)
    assert dataset.rate_hz is None and dataset.timespans.shape == dataset.x.shape[:2]
    assert "irregular: give rate_hz" in dataset.account.rate_from
    even = loaded(tmp_path / "a.csv", text, rate_hz=1.0)
    assert even.rate_hz == 1.0 and even.timespans is None
    expected = np.interp(s[0] + np.arange(8), s, values()[:, 0])
    np.testing.assert_allclose(even.x[0, :, 0], expected, atol=1e-3)


def test_a_given_rate_resamples_what_a_sure_clock_tells_otherwise(tmp_path):
    dataset = loaded(tmp_path / "a.csv", timed("t_ms", lambda k: 10 * k), rate_hz=50.0)
    assert dataset.rate_hz == 50.0 and len(dataset) == 2 * (16 // 8)
    assert "resampled from 100 Hz" in dataset.account.rate_from


def test_resampling_keeps_a_sine():
    t = np.arange(400) / 200
    for wanted in (100.0, 150.0, 320.0):
        x = at_rate(np.sin(2 * np.pi * 5 * t)[:, None], 200.0, wanted)
        grid = np.arange(len(x)) / wanted
        inner = slice(len(x) // 8, -len(x) // 8)
        np.testing.assert_allclose(
            x[inner, 0], np.sin(2 * np.pi * 5 * grid)[inner], atol=2e-2)
    np.testing.assert_allclose(evenly(t[:, None], t, 50.0)[:, 0], np.arange(100) / 50, atol=1e-9)


@pytest.mark.parametrize("row", [0, 9])
@pytest.mark.parametrize(("names", "form"), [
    ("time", "%Y-%m-%dT%H:%M:%S"), ("time", "%d.%m.%Y %H:%M"), ("time", "%H:%M:%S"),
    ("time", "%H:%M"), ("date,time", "%d/%m/%Y,%H:%M:%S"), ("time,date", "%H:%M:%S,%d/%m/%Y")])
def test_an_empty_cell_among_times_is_one_line(tmp_path, names, form, row):
    text = timed(names, lambda k: re.sub("^[^,]*", "" if k == row else r"\g<0>", at(form, 1)(k)))
    told = f"row {row + 2}, column '{names.split(',')[0]}': an empty cell is no time; times are"
    with pytest.raises(UserError, match=told):
        loaded(tmp_path / "a.csv", text)


def test_an_empty_time_beside_milliseconds_is_no_crash(tmp_path):
    text = timed("Date,Time,ms", lambda k: f"2024-03-05,{'12:00:00' if k else ''},{10 * k}")
    check(loaded(tmp_path / "a.csv", text), 100.0)


BAD = {
    "true and false": (
        timed("time", lambda k: k % 2 == 1), {}, "row 2, column 'time': 'False' is no time"),
    "a zone that is not known among others": (
        timed("ts", lambda k: at("%Y-%m-%d %H:%M:%S ", 1)(k) + ("XST", "CET")[k // 32]), {},
        "column 'ts': zones XST, CET in one column, but '.*:30 XST' is of none that is known"),
    "days or frames": (
        timed("time", lambda k: f"00:10:{k // 60:02d}:{k % 60:02d}"), {},
        "column 'time': '00:10:00:00' counts days, or 60 frames a second; write seconds as"),
    "no time": (timed("timestamp", lambda k: f"2024-03-05T12:00:00.{10 * k:03d}").replace(
        "2024-03-05T12:00:00.090", "yesterday"), {"time": "timestamp"},
        "row 11, column 'timestamp': 'yesterday' is no time; times are"),
    "a rate below zero": (timed("t_ms", lambda k: 10 * k), {"rate_hz": -1.0}, "rate_hz = -1.0"),
    "time of text": (timed("t", lambda k: f"row {k}"), {"time": "t"}, "'row 0' is no time"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_times_are_one_line(tmp_path, case):
    text, options, message = BAD[case]
    with pytest.raises(UserError, match=message) as caught:
        loaded(tmp_path / "a.csv", text, **options)
    assert "\n" not in str(caught.value)


def run(command, *arguments):
    return command([str(each) for each in arguments])


@pytest.fixture(scope="module")
def rateless(tmp_path_factory):
    """A network from a table that tells no rate, and its file for a board."""
    folder = tmp_path_factory.mktemp("rateless")
    path = written(folder / "rig.csv", "ax,ay,label\n" + lines(
        lambda k, v, y: f"{v[0]},{v[1]},{y}"))
    assert load(path, window=8).rate_hz is None
    assert run(main, "train", "--corpus", path, "--split", "time", "--window", 4, "--epochs", 1,
               "--output", folder / "m.pt") == 0
    assert run(liquid_compress, "--input", folder / "m.pt", "--output", folder / "m.lnn") == 0
    return folder


def test_an_unknown_rate_reaches_the_board_as_unknown(rateless, capsys):
    model = lnn_file.from_bytes((rateless / "m.lnn").read_bytes())
    assert model.features.rate_hz == 0
    assert run(liquid_profile, "--model", rateless / "m.lnn", "--device", "stm32l476") == 0
    told = capsys.readouterr().out
    assert "Energy per decision:" in told and "knows no sampling rate" in told
    assert not re.search(r"\bmW\b|decisions/s", told)


def test_an_unknown_rate_is_told_when_compressed(rateless, capsys):
    run(liquid_compress, "--input", rateless / "m.pt", "--output", rateless / "again.lnn")
    assert "knows no sampling rate" in capsys.readouterr().err
    assert (rateless / "again.lnn").read_bytes() == (rateless / "m.lnn").read_bytes()


def test_irregular_times_are_refused_when_a_board_s_network_is_trained(tmp_path, capsys):
    path = written(tmp_path / "rig.csv", irregular()[0])
    given = ("train", "--corpus", path, "--split", "time", "--window", 4, "--epochs", 1)
    assert run(main, *given, "--output", tmp_path / "m.pt") == 1
    assert "irregular times, but a board takes steady samples" in capsys.readouterr().err
    assert not (tmp_path / "m.pt").exists()


def test_a_counter_that_wraps_and_one_that_counts_down(tmp_path):
    dataset = loaded(tmp_path / "a.csv", timed("micros", lambda k: (2**32 - 50_000 + 2500 * k)
                                               % 2**32))
    check(dataset, 400.0)
    assert "starts again at 0 after 2^32" in dataset.account.rate_from
    check(loaded(tmp_path / "b.csv", timed("left", lambda k: 1000 - k)))


def test_a_rate_far_below_the_recordings_own_is_refused(tmp_path):
    place = tmp_path / "a.csv"
    place.write_text("t_s,x,label\n" + "".join(
        f"{k / 500},{k % 7},{'ab'[k >= 500]}\n" for k in range(1000)))
    with pytest.raises(UserError, match="rate_hz = 0.001: too slow for recordings of 500 Hz"):
        load(str(place), window=64, rate_hz=0.001)


def pairs(tmp_path, clocks, names=("Time A (s)", "Time B (s)")):
    """Two channels, each behind a clock; a folder for each of two classes."""
    for label, sign in (("a", 1), ("b", -1)):
        written(tmp_path / "rig" / label / "1.csv", f"{names[0]},A,{names[1]},B\n" + lines(
            lambda k, v, y, sign=sign: f"{clocks[0](k)},{sign * v[0]},{clocks[1](k)},{v[1]}"))
    return str(tmp_path / "rig")


@pytest.mark.parametrize("names", [("Time A (s)", "Time B (s)"), ("X_Value", "X_Value")])
def test_channels_behind_clocks_at_two_rates_are_refused(tmp_path, names):
    path = pairs(tmp_path, (lambda k: k / 1000, lambda k: k / 500), names)
    with pytest.raises(UserError, match="are clocks, .* with channels behind each: .*--time"):
        load(path, window=8)
    for channel, rate_hz in (("A", 1000), ("B", 500)):
        dataset = load(path, window=8, channels=[channel])
        assert dataset.rate_hz == rate_hz and dataset.channels == (channel,)
    assert load(path, window=8, time=names[0]).rate_hz == 1000


TWINS = {  # two clocks in one table that show one rate, or of which it cannot be told
    "one rate": (("Time A (s)", "Time B (s)"), (lambda k: k / 100, lambda k: 3 + k / 100)),
    "other units": (("t_ms", "gyro_us"), (lambda k: 10 * k, lambda k: 10_000 * k + 77)),
    "a coarse one": (("t_ms", "gps_time"), (lambda k: 10 * k, lambda k: EPOCH // 1000 + k // 32)),
    "ticks": (("t_ms", "timestamp"), (lambda k: 10 * k, lambda k: 327 * k)),
    "a receiver that has no time yet": (
        ("t_ms", "gps_time_s"), (lambda k: 10 * k, lambda k: (k > 20) * (EPOCH + k // 4 / 25))),
    "one that loses it": (
        ("t_ms", "gps_time_s"), (lambda k: 10 * k, lambda k: EPOCH + min(k, 40) // 4 / 25)),
    "a drift": (("host_time_s", "device_time_s"), (
        lambda k: f"{k / 100 + k % 3 * 1e-5:.5f}", lambda k: f"{k / 99.5:.5f}")),
}


@pytest.mark.parametrize("case", TWINS)
def test_two_clocks_at_one_rate_are_one(tmp_path, case):
    names, clocks = TWINS[case]
    dataset = load(pairs(tmp_path, clocks, names), window=8)
    assert dataset.rate_hz == 100 and dataset.channels == ("A", "B")


SLIPS = {"goes back": (lambda k: 10 * k - 300 * (k == 40), "time does not increase; correct"),
         "uneven and equal": (lambda k: 42 * (k // 4) + (0, 0, 3, 34)[k % 4], "give rate_hz")}


@pytest.mark.parametrize("case", SLIPS)
def test_times_that_slip_are_left_out_where_channels_are_named(tmp_path, case):
    time, message = SLIPS[case]
    text = timed("t_ms", time)
    with pytest.raises(UserError, match=message) as caught:
        loaded(tmp_path / "a.csv", text)
    assert "name the channels (--channels) and no time to read it without" in str(caught.value)
    dataset = loaded(tmp_path / "b.csv", text, channels=["ax", "ay"])
    check(dataset)
    assert "Column 't_ms' is no clock: b.csv, row " in dataset.account.text()
    if case == "goes back":  # a rate that is given is that of the rows
        check(loaded(tmp_path / "c.csv", text, channels=["ax", "ay"], rate_hz=50), 50)
    with pytest.raises(UserError, match="time does not increase"):
        loaded(tmp_path / "d.csv", text, channels=["ax", "ay"], time="t_ms")


def test_named_channels_leave_no_order_of_rows_to_chance(tmp_path):
    text = timed("t_ms", lambda k: 10 * int(np.random.default_rng(0).permutation(64)[k]))
    with pytest.raises(UserError, match="not in the order of their times"):
        loaded(tmp_path / "a.csv", text, channels=["ax", "ay"], time="t_ms")
    check(loaded(tmp_path / "b.csv", timed("t_ms", lambda k: 10 * k), channels=["ax", "ay"]), 100.0)


@pytest.mark.parametrize(("name", "cells"), [
    ("image", ("20240305_115958", "20240305_115959")), ("score", ("0:00", "1:11")),
    ("firmware", ("1.00.00", "1.00.03")), ("gear", ("1:10", "1:12")),
])
def test_what_only_looks_like_a_time_leaves_the_clock_alone(tmp_path, name, cells):
    rows = [f"{k / 100:.2f},{k % 7},{cells[k // 50]}" for k in range(100)]
    for label in ("good", "bad"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "0.csv").write_text(f"time,x,{name}\n" + "\n".join(rows) + "\n")
    dataset = load(tmp_path, window=50)
    assert dataset.rate_hz == 100 and dataset.channels == ("x",)


def test_sensors_of_almost_one_rate_have_clocks_of_their_own(tmp_path):
    rows = [f"{k / 50:.5f},{k * 5 % 7},{k / 51.2:.5f},{k * 3 % 7}" for k in range(400)]
    for label in ("bad", "good"):
        written(tmp_path / label / "0.csv", "acc_t_s,ax,gyro_t_s,gx\n" + "\n".join(rows) + "\n")
    with pytest.raises(UserError, match="clocks, 50 and 51.2 Hz"):
        load(tmp_path, window=8)


def test_seconds_behind_other_words_keep_their_unit():
    assert {time_unit_s(name) for name in ("timeinS", "runS", "TimeRunS", "timeRunSec")} == {1.0}
