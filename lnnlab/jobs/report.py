"""What came of a job as HTML: the report of the zip, and the same for the page.

Every text that came with the recordings is escaped: templates are filled with autoescape.
"""

from jinja2 import Environment, PackageLoader

from lnnlab.jobs.inbox import in_words
from lnnlab.reports.numbers import number
from lnnlab.scoring.pairs import counted

MOST_SHOWN = 30  # classes of a confusion matrix
NONE = "—"
DAYS_PER_YEAR = 365.25


def report(result: dict) -> str:
    """A page that stands alone, from :attr:`lnnlab.jobs.Job.result`."""
    return _filled("report.html", result)


def shown(result: dict) -> str:
    """The same without head and styles of a page, to stand within another."""
    return _filled("result.html", result)


def _filled(template: str, result: dict) -> str:
    environment = Environment(loader=PackageLoader("lnnlab.jobs"), autoescape=True,
                              trim_blocks=True, lstrip_blocks=True)
    return environment.get_template(template).render(
        result=result, rows=_rows(result), accuracies=_accuracies(result),
        confusions=[_confusion(each, result["classes"]) for each in result["networks"].values()],
        notes=_notes(result), titles=[each["title"] for each in result["networks"].values()])


def _accuracies(result: dict) -> list[dict]:
    noun = result["split"]["unit"]
    return [{
        "name": name, "value": _percent(each["value"]),
        "interval": f"{_percent(each['low'])} to {_percent(each['high'])}"
        if each["low"] is not None else f"too few {noun} for one",
        "support": f"{each['items']:,} windows of {counted(each['groups'], noun)}",
    } for name, each in result["accuracy"].items()]


def _rows(result: dict) -> list[tuple[str, str, list[str]]]:
    """Title, basis and the figure of each network."""
    networks = list(result["networks"].values())
    board, battery = result["board"], result["battery"]
    table = [
        ("Parameters", "measured", lambda own: f"{own['parameters']:,}"),
        ("Accuracy in float", "measured", lambda own: _percent(own["float_accuracy"])),
        ("Accuracy on the board (int8)", "measured", lambda own: _percent(own["accuracy"])),
        ("Model file", "measured", lambda own: in_words(own["model_bytes"])),
        ("Flash in all", "emulated", lambda own: _bytes(own, "flash_bytes")),
        ("RAM in all", "emulated", lambda own: _bytes(own, "ram_bytes")),
        ("Cycles a decision", "emulated", lambda own: _middle(own, "cycles", ",.0f")),
        (f"Milliseconds a decision, {board}", "emulated",
         lambda own: _middle(own, "latency_ms", ".3g")),
        ("Millijoules a decision", "modelled",
         lambda own: number(own["energy_mj"][0]) if "energy_mj" in own else NONE),
        ("Mean power, mW", "modelled",
         lambda own: number(own["average_mw"]) if "average_mw" in own else NONE),
        (f"Life of {battery}", "modelled", _life),
    ]
    return [(title, basis, [cell(each) for each in networks]) for title, basis, cell in table]


def _notes(result: dict) -> list[str]:
    """What a reader has to know of the table, a sentence each."""
    lines = []
    for own in result["networks"].values():
        if own.get("board_says"):
            lines.append(f"{own['title']}: {own['board_says']}.")
        if own.get("battery_warning"):
            lines.append(f"{own['title']} on {result['battery']}: {own['battery_warning']}.")
        differ = sum(each["mismatches"] for each in own["parity"].values())
        cores = ", ".join(own["parity"])
        windows = min(each["windows"] for each in own["parity"].values())
        lines.append(f"{own['title']}: the C {'equals' if not differ else 'DIFFERS from'} its "
                     f"definition in every layer on {windows} windows ({cores})"
                     + (f" in {differ} cases." if differ else "."))
    if result["rate_hz"] is None:
        lines.append("No sampling rate is known: there is energy per decision, but no mean power "
                     "and no battery life; give the rate and train again.")
    lines.append(f"Of the energy, {result['not_counted']}.")
    return lines


def _confusion(network: dict, classes: list[str]) -> dict:
    """Rows of the confusion matrix: (class, [(count, share)])."""
    matrix = network["confusion"][:MOST_SHOWN]
    rows = [(name, [(count, count / max(1, sum(row))) for count in row[:MOST_SHOWN]])
            for name, row in zip(classes, matrix, strict=False)]
    return {"title": network["title"], "classes": classes[:MOST_SHOWN], "rows": rows,
            "more": max(0, len(classes) - MOST_SHOWN)}


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _bytes(own: dict, name: str) -> str:
    return in_words(own[name]) if name in own else NONE


def _middle(own: dict, name: str, form: str) -> str:
    return f"{sum(own[name]) / 2:{form}}" if name in own else NONE


def _life(own: dict) -> str:
    if "battery_days" not in own:
        return NONE
    days = own["battery_days"]
    beyond = ", were it not beyond its current" if own["battery_warning"] else ""
    if days >= 2 * DAYS_PER_YEAR:
        return f"{days / DAYS_PER_YEAR:.1f} years{beyond}"
    return f"{days:,.{0 if days >= 10 else 1}f} days{beyond}"
