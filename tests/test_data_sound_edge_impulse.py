"""Exports of Edge Impulse: labels and parts beside the clips."""

import json

import pytest
from made_sounds import folder, parts_of, words_of

from lnnlab.data import load
from lnnlab.errors import UserError


@pytest.mark.parametrize("listed, extra", [
    ({"training/yes.0.wav": "yes"}, {}),
    ({"training/a.0.wav": "yes", "training/a.1.wav": "no", "training/a.2.wav": "yes",
      "testing/b.0.wav": "no", "testing/b.1.wav": "yes", "testing/b.2.wav": "no"}, {}),
])
def test_an_export_of_edge_impulse(tmp_path, listed, extra):
    flat = all(each.startswith(("training/a", "testing/b")) for each in listed)
    folder(tmp_path, *(["training/a.{}.wav", "testing/b.{}.wav"] if flat else [
        "training/yes.{}.wav", "training/no.{}.wav", "testing/yes.{}.wav", "testing/no.{}.wav"]))
    files = [{"path": path, "category": path.split("/")[0], "name": "x", "enabled": True,
              "label": {"type": "label", "label": label}} for path, label in listed.items()]
    (tmp_path / "info.labels").write_text(json.dumps({"version": 1, "files": files}))
    dataset = load(str(tmp_path))
    assert dataset.classes == ("no", "yes") and dataset.account.classes_from == "info.labels"
    for name, part in parts_of(dataset).items():
        assert (part == "test") == name.startswith("testing")
        if name in listed:
            assert words_of(dataset)[name][0] == listed[name]


@pytest.mark.parametrize("at_root", [False, True])
def test_edge_impulse_lists_within_the_folders(tmp_path, at_root):
    folder(tmp_path, "training/a.{}.wav", "testing/b.{}.wav")
    for part, name in (("training", "a"), ("testing", "b")):
        files = [{"path": f"{part}/{name}.{k}.wav" if at_root else f"{name}.{k}.wav",
                  "label": {"type": "label", "label": "yes" if k else "no"}} for k in range(3)]
        (tmp_path / part / "info.labels").write_text(json.dumps({"version": 1, "files": files}))
    dataset = load(str(tmp_path))
    assert words_of(dataset)["training/a.0.wav"][0] == "no"
    assert words_of(dataset)["testing/b.2.wav"][0] == "yes"
    assert parts_of(dataset)["testing/b.2.wav"] == "test"


def test_an_edge_impulse_label_that_is_none_is_told_and_a_broken_file_is_one_line(tmp_path):
    folder(tmp_path, "training/{}x.wav", "training/yes.{}.wav", "testing/no.{}.wav",
           "training/no.{}.wav")
    files = [{"path": "training/0x.wav", "category": "training", "label": {"type": "unlabeled"}},
             {"path": "training/gone.wav", "category": "training",
              "label": {"type": "label", "label": "yes"}}]
    (tmp_path / "info.labels").write_text(json.dumps({"version": 1, "files": files}))
    left_out = load(str(tmp_path)).account.left_out
    assert left_out["training/0x.wav"] == "without a label in info.labels"
    assert left_out["gone.wav"] == "named in info.labels, absent"
    (tmp_path / "info.labels").write_text("{}")
    with pytest.raises(UserError, match="info.labels: is not what Edge Impulse writes"):
        load(str(tmp_path))
