"""Writes ``sed_eval_cases.json``: random events and what sed_eval says of them.

``sed_eval`` needs a dozen packages that nothing else here does, so its answers are kept instead of
the package. Run it where ``pip install sed_eval`` (0.2.1) has been.
"""

import json
from pathlib import Path

import numpy as np

CLASSES = ["frog", "rain", "siren"]


def drawn(random, count, duration_s):
    starts = random.uniform(0, duration_s - 1, count)
    ends = np.minimum(starts + random.uniform(0.05, 4, count), duration_s)
    return [[str(random.choice(CLASSES)), round(float(a), 3), round(float(b), 3)]
            for a, b in zip(starts, ends, strict=True)]


def scored(truth, found, duration_s, segment_s):
    import sed_eval

    metrics = sed_eval.sound_event.SegmentBasedMetrics(CLASSES, time_resolution=segment_s)
    named = [[{"event_label": name, "onset": a, "offset": b} for name, a, b in each]
             for each in (truth, found)]
    metrics.evaluate(*named, evaluated_length_seconds=duration_s)
    overall = metrics.results_overall_metrics()["f_measure"]["f_measure"]
    classes = metrics.results_class_wise_metrics()
    return overall, [classes[name]["f_measure"]["f_measure"] for name in CLASSES]


def main():
    random, cases = np.random.default_rng(0), []
    for duration_s, segment_s, count in ((20.0, 1.0, 8), (60.5, 1.0, 25), (12.0, 0.1, 9),
                                         (30.0, 0.5, 1)):
        truth, found = drawn(random, count, duration_s), drawn(random, count, duration_s)
        found += truth[: count // 2]
        f1, by_class = scored(truth, found, duration_s, segment_s)
        cases.append({"duration_s": duration_s, "segment_s": segment_s, "truth": truth,
                      "found": found, "f1": f1,
                      "class_f1": [None if np.isnan(each) else each for each in by_class]})
    place = Path(__file__).with_suffix(".json")
    place.write_text(json.dumps({"classes": CLASSES, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
