"""The house's rules: imports run one way, the lock fits, notebooks tell and modules stay small."""

import ast
import re
import tomllib
from urllib.parse import unquote

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

from lnnlab import paths, pipeline

# from the ground up: a room imports only from itself and from rooms before it
FLOORS = [
    "lnnlab", "errors", "paths", "places", "store", "compiling", "records", "data", "features",
    "models", "integer", "scoring", "lnn_file", "compress", "training", "runtime", "target",
    "profiling", "adaptive", "experiments", "testing", "reports", "play", "jobs", "page",
    "notebooks", "pipeline", "profiles", "sweep", "cli",
]
PACKAGE = paths.ROOT / "lnnlab"
MODULES = sorted(PACKAGE.rglob("*.py"))
NOTEBOOKS = pipeline.notebooks()


def room(parts):
    return {"__main__": "cli"}.get(parts[0], parts[0]) if parts else "lnnlab"


def imported_rooms(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "lnnlab":
            inner = node.module.split(".")[1:]
            yield from [room(inner)] if inner else [
                each.name if each.name in FLOORS else "lnnlab" for each in node.names
            ]
        if isinstance(node, ast.Import):
            for each in node.names:
                if each.name.split(".")[0] == "lnnlab":
                    yield room(each.name.split(".")[1:])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    own = room([part.removesuffix(".py") for part in path.relative_to(PACKAGE).parts
                if part != "__init__.py"])
    assert own in FLOORS, f"{own}: say where the room stands"
    for other in imported_rooms(ast.parse(path.read_text())):
        assert FLOORS.index(other) <= FLOORS.index(own), f"{own} imports {other}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_stay_small(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 250
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = node.end_lineno - body[0].lineno + 1 if body else 0
            assert lines <= 40, f"{node.name}: {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_store_puts_files_in_their_place(path):
    if path.name != "store.py":
        text = re.sub(r"\b(store|lnn_file)\.write_(text|bytes)\(", "", path.read_text())
        by_hand = r"os\.re(place|name)\b|\.write_(text|bytes)\(|getpid|\.partial\b|np\.save\("
        assert not re.search(by_hand, text), re.search(by_hand, text)


MANY = {  # functions with more than six parameters, and why
    "load_csv": "options of a loader, given by name in notebooks and on the command line",
    "fit": "the call of a trainer, as in other libraries",
    "forward": "torch.autograd.Function fixes it",
    "KeywordClassifier.__init__": "a network's own sizes, as in torch.nn",
    "LTC.__init__": "a cell's own sizes, as in torch.nn",
}


def test_what_travels_together_is_a_dataclass():
    long = []
    for path in MODULES:
        if path.parent.name == "cli":
            continue
        tree = ast.parse(path.read_text())
        owners = {id(each): node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
                  for each in node.body}
        for node in ast.walk(tree):
            kernel = "triton.jit" in map(ast.unparse, getattr(node, "decorator_list", []))
            if isinstance(node, ast.FunctionDef) and not kernel:  # those take memory and sizes
                names = [each.arg for each in (*node.args.posonlyargs, *node.args.args,
                                               *node.args.kwonlyargs)]
                owner = f"{owners[id(node)]}.{node.name}" if id(node) in owners else node.name
                if len([each for each in names if each not in ("self", "cls")]) > 6:
                    long.append(owner if node.name == "__init__" else node.name)
    assert sorted(long) == sorted(MANY) and len(MANY) <= 5


def test_public_names_have_docstrings():
    for path in MODULES:
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree) or not tree.body, path
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"


def pins():
    listed = yaml.safe_load((paths.ROOT / "environment.yml").read_text())["dependencies"]
    return next(each["pip"] for each in listed if isinstance(each, dict))


def test_the_lock_satisfies_the_project():
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + extras["test"] + extras["page"]
    exact = [each for each in pins() if each != "-e ."]
    assert pins()[-1] == "-e ." and all("==" in each and "+" not in each for each in exact)
    locked = {_plain(name): version for name, version in (each.split("==") for each in exact)}
    for text in wanted:
        requirement = Requirement(text)
        version = locked.get(_plain(requirement.name))
        assert version and requirement.specifier.contains(version), f"{text}: locked {version}"


def test_the_makefile_takes_every_pin():
    text = (paths.ROOT / "Makefile").read_text()
    pattern = re.search(r"s/(\^      - .*?)/\\1/p", text).group(1)
    pattern = pattern.replace(r"\(", "(").replace(r"\)", ")")
    lines = (paths.ROOT / "environment.yml").read_text().splitlines()
    taken = [found.group(1) for line in lines if (found := re.match(pattern, line))]
    assert taken == [each for each in pins() if each != "-e ."]


def test_every_imported_library_is_declared():
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    lazily = extras["wire"] + extras["vad"]  # imported where they are asked for
    declared = {_plain(Requirement(each).name) for each in project["dependencies"] + lazily}
    names = {"sklearn": "scikit-learn", "PIL": "pillow", "yaml": "pyyaml", "serial": "pyserial",
             "elftools": "pyelftools", "webrtcvad": "webrtcvad-wheels",
             "triton": "torch"}  # torch brings it, with CUDA
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [node.module] if isinstance(node, ast.ImportFrom) else [
                each.name for each in getattr(node, "names", [])
            ] if isinstance(node, ast.Import) else []
            for module in modules:
                top = module.split(".")[0]
                standard = top in __import__("sys").stdlib_module_names or top == "lnnlab"
                assert standard or _plain(names.get(top, top)) in declared, f"{path}: {top}"


def test_what_the_documents_link_to_exists():
    for document in (paths.ROOT / "README.md", paths.ROOT / "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            assert target.startswith("http") or (paths.ROOT / target).exists(), target
        for command in re.findall(r"\bmake ([a-z]+)", document.read_text()):
            assert f"\n{command}:" in (paths.ROOT / "Makefile").read_text(), command


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_what_notebooks_link_to_exists(path):
    for cell in nbformat.read(path, as_version=4).cells:
        for target in re.findall(r"\]\(([^)#]+)\)", cell.source):
            if cell.cell_type == "markdown" and not target.startswith("http"):
                assert (path.parent / unquote(target)).exists(), target


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_notebooks_follow_the_rules(path):
    assert path.stat().st_size <= 150_000
    notebook = nbformat.read(path, as_version=4)
    cells = notebook.cells
    assert cells[0].source.startswith(f"# {path.stem[:2]} · ")
    assert cells[1].metadata.tags == ["parameters"]
    for line in cells[1].source.splitlines():
        assert re.fullmatch(r"\w+: (bool|int|float|str|list|dict) = .+  # .+", line), line
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for before, cell in zip(cells, cells[1:], strict=False):
        if cell.cell_type == "code":
            most = 20 if cell is cells[1] else 15  # of knobs, a line each; of code
            assert len(cell.source.splitlines()) <= most
            assert before.cell_type == "markdown"
            assert not re.search(r"^\s*(class|def) ", cell.source, flags=re.MULTILINE)
            kinds = [each.output_type for each in cell.outputs]
            assert "error" not in kinds
            assert not any(each.get("name") == "stderr" for each in cell.outputs)
    assert "What was learned" in cells[-2].source
    assert str(paths.ROOT) not in path.read_text()


def _plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()
