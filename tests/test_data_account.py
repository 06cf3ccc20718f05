"""The paragraph that tells what a reader took."""

from lnnlab.data.account import Account


def account(**changes):
    given = {
        "source": "rig.csv", "kind": "CSV, commas", "files": 1,
        "classes": {"good": 3, "bad": 1}, "classes_from": "column 'state'",
        "channels": {"x": "g", "y": ""}, "rate_hz": 400.0,
        "rate_from": "column 't_ms' in milliseconds"}
    return Account(**given | changes)


def test_every_part_is_told():
    text = account(groups={"machine": 2}, left_out={"._a.csv": "of a Mac"},
                   notes=("Column 'n' only rises: taken as an index.",)).text()
    assert text == (
        "rig.csv: 1 file read (CSV, commas). 2 classes from column 'state': good 3, bad 1. "
        "2 channels: x (g), y. Rate: 400 Hz, column 't_ms' in milliseconds. Groups: machine (2). "
        "Left out: ._a.csv (of a Mac). Column 'n' only rises: taken as an index.")


def test_long_lists_say_how_much_more():
    text = account(classes={f"class {k}": k for k in range(9)}, rate_hz=None,
                   rate_from="not told; give --rate-hz").text()
    assert "class 4 4 and 4 more." in text and "Rate: no rate, not told; give --rate-hz." in text


def test_a_unit_stands_once_and_sentences_of_many_files_are_one():
    notes = [f"rec{k}.csv: time starts anew {k + 1} times: recordings end there." for k in range(9)]
    text = account(channels={"ax (g)": "g", "ay": "g"}, notes=(*notes, "Time: column 't'.")).text()
    assert "2 channels: ax (g), ay (g)." in text
    assert text.endswith("rec0.csv: time starts anew 1 times: recordings end there; and the like "
                         "in 8 more files. Time: column 't'.")
