"""The widgets with which a person corrects what was read and chooses what is made of it."""

import ipywidgets as widgets

from lnnlab.errors import UserError
from lnnlab.jobs import BUDGETS, Settings
from lnnlab.jobs.settings import LAYOUTS
from lnnlab.target.battery import BATTERIES
from lnnlab.target.boards import boards

ROLES = {"channel": "signal", "class": "class", "time": "time", "recording": "recording",
         "group": "group to split by", "": "left out"}
MOST_COLUMNS = 64  # that are shown one by one
WIDE = {"description_width": "9rem"}
LAYOUT = widgets.Layout(width="40rem", max_width="100%")


class Reading:
    """How the recordings are read: roles of columns, rate, window.

    Attributes:
        box: the widgets.
        again: the button that reads again.
    """

    def __init__(self) -> None:
        self.rate = widgets.Text(description="rate, Hz", placeholder="unknown", style=WIDE,
                                 layout=LAYOUT)
        self.window = widgets.BoundedIntText(256, min=8, max=65_536, description="window, samples",
                                             style=WIDE, layout=LAYOUT)
        self.again = widgets.Button(description="Read again", icon="refresh")
        self.columns = widgets.VBox()
        self._fold = widgets.Accordion([self.columns], titles=("Columns and their roles",))
        self.box = widgets.VBox([self._fold, self.rate, self.window, self.again])

    def show(self, reading: dict, settings: Settings) -> None:
        """Show what was taken as what."""
        columns = dict(list(reading.get("columns", {}).items())[:MOST_COLUMNS])
        self.columns.children = [
            widgets.Dropdown(options=[(words, role) for role, words in ROLES.items()], value=role,
                             description=name[:60], description_allow_html=False, style=WIDE,
                             layout=LAYOUT)
            for name, role in columns.items()]
        self._names, self._found = list(columns), list(columns.values())
        self._fold.layout.display = "" if columns else "none"
        known = reading.get("rate_hz") or settings.rate_hz
        self.rate.value = f"{known:.6g}" if known else ""
        sound = reading.get("sound", False)
        for each in (self.rate, self.window):
            each.layout.display = "none" if sound else ""
        self.again.layout.display = "none" if sound else ""
        self.window.value = settings.window

    def open(self) -> None:
        """Show the columns: the reader needs a person's word."""
        self._fold.selected_index = 0

    def chosen(self) -> dict:
        """Arguments of :class:`lnnlab.jobs.Settings`; what was not corrected is left to be found.

        Raises:
            UserError: two columns have a role that one has, or the rate is no number.
        """
        text = self.rate.value.strip().replace(",", ".")
        try:
            found = {"window": self.window.value, "rate_hz": float(text) if text else None}
        except ValueError as error:
            raise UserError(f"rate = '{text}': not a number of samples per second") from error
        roles = [each.value for each in self.columns.children]
        if roles == self._found:
            return found
        by_role: dict[str, list[str]] = {}
        for name, role in zip(self._names, roles, strict=True):
            by_role.setdefault(role, []).append(name)
        for role in ("class", "time", "recording"):
            if len(by_role.get(role, ())) > 1:
                listed = " and ".join(by_role[role])
                raise UserError(f"{listed}: choose one column as {ROLES[role]}")
        single = {setting: by_role.get(role, [""])[0] for setting, role in (
            ("label", "class"), ("time", "time"), ("recording", "recording"))}
        return found | single | {"channels": tuple(by_role.get("channel", ())),
                                 "groups": tuple(by_role.get("group", ()))}


class Making:
    """What is made: split, board, battery, layout of the C, budget.

    Attributes:
        box: the widgets.
    """

    def __init__(self) -> None:
        usual = Settings()
        self.rule = _choice("hold out", [("as found", "")], "")
        self.board = _choice("board", [(each.title, name) for name, each in boards().items()],
                             usual.board)
        self.battery = _choice("battery", list(BATTERIES), usual.battery)
        self.layout = _choice("C for", [(words, name) for name, words in LAYOUTS.items()],
                              usual.layout)
        self.steps = _choice(
            "budget", [(f"{name}, {steps:,} steps", steps) for name, steps in BUDGETS.items()],
            usual.steps)
        self.box = widgets.VBox([self.rule, self.board, self.battery, self.layout, self.steps])

    def show(self, reading: dict, settings: Settings) -> None:
        """Show the rules that fit, and what was chosen before."""
        rules = reading.get("rules", {})
        self.rule.options = [(f"{rule}: {words}"[:120], rule) for rule, words in rules.items()]
        if rules:
            self.rule.value = settings.rule if settings.rule in rules else reading["rule"]
        for name in ("board", "battery", "layout"):
            getattr(self, name).value = getattr(settings, name)
        if settings.steps in BUDGETS.values():
            self.steps.value = settings.steps

    def chosen(self) -> dict:
        """Arguments of :class:`lnnlab.jobs.Settings`."""
        return {name: getattr(self, name).value or getattr(Settings(), name)
                for name in ("rule", "board", "battery", "layout", "steps")}


def _choice(words: str, options: list, value: object) -> widgets.Dropdown:
    return widgets.Dropdown(options=options, value=value, description=words, style=WIDE,
                            layout=LAYOUT)
