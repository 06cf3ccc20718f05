"""``lnnlab reports | run | inspect | clean-notebooks``: the numbered notebooks, headless."""

import argparse
import os
import re

import nbformat
import yaml

from lnnlab import paths, pipeline, profiles
from lnnlab.errors import UserError
from lnnlab.notebooks import clean
from lnnlab.records import RENEW, check_renewal


def reports(options: argparse.Namespace) -> None:
    """Run a profile's notebooks and write its page."""
    if options.renew:
        check_renewal(options.renew, paths.reports(options.profile))
        os.environ[RENEW] = options.renew  # the notebooks' kernels read it
    jobs = profiles.AT_ONCE if options.jobs is None else options.jobs
    page = profiles.run_profile(options.profile, jobs=jobs)
    print(f"tables and figures: {page}")


def run(options: argparse.Namespace) -> None:
    """Run one notebook with parameters of its own."""
    notebook = pipeline.find(options.notebook)
    parameters = {"profile": options.profile} | dict(map(_parameter, options.parameter))
    folder = paths.reports(parameters["profile"])
    output = options.output or folder / "notebooks" / notebook.name
    print(pipeline.run_notebook(notebook, parameters, output))


class _Words(yaml.SafeLoader):
    """YAML in which yes, no, on and off are words, as in YAML 1.2, and no truth values."""


_Words.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Words.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def _parameter(given: tuple[str, str]) -> tuple[str, object]:
    name, text = given
    try:
        return name, yaml.load(text, _Words)  # a SafeLoader
    except yaml.YAMLError as error:
        raise UserError(f"parameter '{name}': cannot read {text!r} as YAML") from error


def inspect(options: argparse.Namespace) -> None:
    """List a notebook's parameters."""
    for name, each in pipeline.defaults(pipeline.find(options.notebook)).items():
        print(f"{name}: {each['type']} = {each['default']!r}  {each['help']}".rstrip())


def clean_notebooks(options: argparse.Namespace) -> None:
    """Strip what a run leaves behind that no commit should hold."""
    chosen = [pipeline.find(name) for name in options.notebook] or pipeline.notebooks()
    for path in chosen:
        nbformat.write(clean(nbformat.read(path, as_version=4)), path)
        print(path)
