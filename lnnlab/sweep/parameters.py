"""What a point that is a ``Run`` may be given, as a notebook's first cell says it of a notebook."""

from lnnlab.errors import UserError, unknown

DEFAULTS = {
    "corpus": "bearing_sim",  # or another, or a CSV file or folder
    "window": 0,  # samples per window; 0: the corpus's usual length
    "split": "load",  # rule
    "fold": -1,  # number of the fold; -1: all
    "model": "linear_ltc",  # a key of lnnlab.models.KINDS
    "options": {},  # of the model, such as {"units": 16}
    "config": {},  # of the training, such as {"learning_rate": 0.01}
    "seed": 0,  # of weights and batches
    "epochs": 20,  # passes over the training windows
    "patience": 10,  # epochs without a better validation loss; see Budget
    "device": "cpu",  # that trains
    "variant": "",  # what sets its rows apart in tables; made of what is changed where empty
}
_TOLD = ("window", "epochs", "patience")  # in the variant where a grid varies them
_KINDS = {int: "a whole number", str: "text", dict: "a table of names and values"}


def check_run(given: dict) -> None:
    """Refuse parameters that no ``Run`` has, and values of another kind.

    Raises:
        UserError: the nearest name is suggested; of a value, what it should be.
    """
    for name, value in given.items():
        if name not in DEFAULTS:
            raise unknown("parameter of a run", name, DEFAULTS)
        kind = type(DEFAULTS[name])
        if not isinstance(value, kind) or isinstance(value, bool):
            raise UserError(f"parameter '{name}' of a run: {value!r} is not {_KINDS[kind]}, such "
                            f"as {DEFAULTS[name]!r}")
    if given.get("device") == "auto":
        raise UserError("parameter 'device' of a run: 'auto' is another device on each machine; "
                        "name one, such as 'cuda'")
    from lnnlab.models.kinds import kind_of  # with torch, which grids of notebooks do without

    kind_of(given.get("model", DEFAULTS["model"]))


def variant_of(given: dict, varied: dict) -> str:
    """What sets a point's rows apart from the model's usual ones, such as ``"epochs 5"``.

    Rows of one label are pooled over seeds and folds, so all else that a grid varies is told.
    """
    if given.get("variant"):
        return given["variant"]
    changed = given.get("options", {}) | given.get("config", {})
    told = changed | {name: varied[name] for name in _TOLD if name in varied}
    return ", ".join(f"{name} {value}" for name, value in told.items())
