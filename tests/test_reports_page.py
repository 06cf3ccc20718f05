"""The report page: in a browser no table is wider than it, axe finds no serious fault, columns
sort; without one, all it points to is there and nothing comes from elsewhere."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from lnnlab import paths
from lnnlab.reports.site import write_index

FULL = paths.ROOT / "reports" / "full"
ELSEWHERE = re.compile(r"(?:src|href)=\"(?:https?:)?//|@import|url\((?!data:)")
EXPONENT = re.compile(r"\d[eE][+-]\d")
SIZES = {"desktop": (1200, 800), "phone": (390, 844)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The full profile's page, written anew from its committed tables."""
    place = tmp_path_factory.mktemp("reports") / "full"
    for part in ("tables", "figures", "records", "notebooks"):
        shutil.copytree(FULL / part, place / part)
    for page in [*place.rglob("*.html")]:
        page.unlink()
    write_index("full", place)
    return place


class Links(HTMLParser):
    """Addresses and names of a page."""

    def __init__(self, page: Path):
        super().__init__()
        self.targets, self.names = [], []
        self.feed(page.read_text())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.targets += [given[key] for key in ("href", "src") if given.get(key)]
        self.names += [unquote(given["id"])] if given.get("id") else []


def test_everything_that_is_pointed_to_is_there(folder):
    names = {page: Links(page).names for page in folder.rglob("*.html")}
    assert len(names) > 10
    for page in names:
        for target in Links(page).targets:
            if re.match(r"(data:|https?:|mailto:)", target):
                continue
            file, _, name = unquote(target).partition("#")
            other = (page.parent / file).resolve() if file else page
            assert other.exists(), f"{page.name}: {target}"
            if name and other in names:
                assert name in names[other], f"{page.name}: {target}"


def test_nothing_comes_from_elsewhere_and_nothing_is_there_twice(folder):
    for page in folder.rglob("*.html"):
        text = page.read_text()
        assert not ELSEWHERE.search(re.sub(r"<a [^>]*>", "", text)), page.name
        own = Links(page).names
        if page.parent.name != "notebooks":  # whose cells bring names of their own
            assert len(set(own)) == len(own), page.name


def test_numbers_are_for_people(folder):
    text = re.sub(r"<(style|script)>.*?</\1>|<[^>]*>", " ", (folder / "index.html").read_text(),
                  flags=re.DOTALL)
    assert not EXPONENT.findall(text)


def test_rows_lead_to_their_records(folder):
    text = (folder / "index.html").read_text()
    links = set(re.findall(r'href="(records/[^"]+)"', text))
    assert len(links) > 40
    page, name = "records/vibration_benchmark.html", "liquid-linearltc"
    assert f"{page}#{name}" in links
    section = (folder / page).read_text().split(f'id="{name}"')[1].split("<h2")[0]
    lines = (FULL / "records" / "vibration_benchmark.jsonl").read_text().splitlines()
    keys = re.findall(r"line ([\d,]+), key (\w+)", section)
    assert len(keys) > 9
    assert all(f'"key":"{key}"' in lines[int(line.replace(",", "")) - 1].replace('": "', '":"')
               for line, key in keys)


# ---- in a browser ----


@pytest.fixture(scope="module")
def chromium():
    """Debian's browser, driven by Playwright."""
    driver = pytest.importorskip("playwright.sync_api", reason="no playwright here")
    program = shutil.which("chromium") or pytest.skip("no chromium here")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser, page, size="desktop", scheme="light"):
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    view = context.new_page()
    complaints = []
    view.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    view.on("pageerror", lambda error: complaints.append(str(error)))
    view.goto(page.as_uri())
    assert not complaints
    return view


def unfold(view):
    view.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


def thin_out(view):
    """Of a table's rows that differ in nothing but texts and links, the first stays.

    axe takes minutes over thousands of them. Returns how many are left of how many.
    """
    return view.evaluate(r"""() => {
        const count = () => document.querySelectorAll('tbody tr').length, before = count();
        for (const table of document.querySelectorAll('table')) {
            const kinds = new Set();
            for (const row of table.querySelectorAll('tbody tr')) {
                const kind = row.outerHTML.replace(/>[^<]+</g, '>text<')
                    .replace(/href="[^"]*"/g, 'href');
                if (kinds.has(kind)) row.remove();
                kinds.add(kind);
            }
        }
        return [count(), before]; }""")


def test_the_published_tables_are_in_the_first_screen(chromium, folder):
    view = opened(chromium, folder / "index.html")
    table = view.locator("#published table").first
    assert table.bounding_box()["y"] < SIZES["desktop"][1] / 2
    assert "98.1 %" in table.inner_text()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["index.html", "records/deployment.html"])
def test_no_page_is_wider_than_the_screen(chromium, folder, size, name):
    view = opened(chromium, folder / name, size)
    unfold(view)
    assert view.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


def test_no_table_is_wider_than_its_page(chromium, folder):
    view = opened(chromium, folder / "index.html")
    unfold(view)
    wide = view.evaluate("""[...document.querySelectorAll('table')]
        .filter(each => each.scrollWidth > each.parentElement.clientWidth + 1)
        .map(each => each.parentElement.getAttribute('aria-label'))""")
    assert not wide and view.locator("table").count() > 50


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "records/wake_word.html",
                                  "notebooks/03 Liquid cells and solvers.html"])
def test_axe_finds_no_serious_fault(chromium, folder, scheme, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe here")
    view = opened(chromium, folder / name, scheme=scheme)
    if scheme == "light":  # colours alone differ by night, and what is folded takes long
        unfold(view)
    left, before = thin_out(view)
    assert left < before / 3 or name != "index.html"
    found = axe.Axe().run(view).response["violations"]
    serious = [(each["id"], each["nodes"][0]["html"][:200]) for each in found
               if each["impact"] in ("serious", "critical")]
    assert not serious


def test_a_column_sorts_by_its_numbers_both_ways(chromium, folder):
    view = opened(chromium, folder / "index.html")
    unfold(view)
    table = view.locator("#fast table.sortable").first
    column = 1
    table.locator("thead th").nth(column).locator("button").click()
    read = "rows => rows.map(row => row.children[1].textContent)"
    texts = table.locator("tbody tr").evaluate_all(read)
    values = [float(re.sub(r"up to |,", "", text).split()[0]) for text in texts if text]
    assert len(values) > 3 and values == sorted(values)
    table.locator("thead th").nth(column).locator("button").click()
    again = [float(re.sub(r"up to |,", "", text).split()[0])
             for text in table.locator("tbody tr").evaluate_all(read) if text]
    assert again == values[::-1]


def test_pictures_differ_between_day_and_night_and_show_all(chromium, folder, tmp_path):
    shots = {}
    for scheme in ("light", "dark"):
        view = opened(chromium, folder / "index.html", scheme=scheme)
        shots[scheme] = view.screenshot(path=tmp_path / f"{scheme}.png")
        loaded = view.evaluate("""async () => {
            const all = [...document.images]; all.forEach(each => each.loading = 'eager');
            await Promise.all(all.map(each => each.decode()));
            return all.every(each => each.naturalWidth > 100); }""")
        assert loaded
    assert shots["light"] != shots["dark"]


def test_print_shows_what_is_folded(chromium, folder, tmp_path):
    view = opened(chromium, folder / "index.html")
    view.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert view.locator("details:not([open])").count() == 0
