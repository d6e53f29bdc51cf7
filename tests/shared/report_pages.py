"""Pages of the report in a browser: fixtures that open them, and what several tests ask of them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import FLAGS, NAMES, executable
from running import run_kgen, write_tree

Open = Callable[..., Any]

# A target of its own model, one that fails, externals, lines of devices files, a mode's n.
TREE = {
    "VERSION": "9.9.9\n",
    "Kconfig": "source hw/Kconfig\nsource hw/net/Kconfig\nconfig KVM\n    bool\n",
    "hw/Kconfig": (
        "config PCI_DEVICES\n    bool\n"
        "config PCI\n    bool\n"
        "config BOARD\n    bool\n    default y\n    select PCI\n    imply PCI_DEVICES\n"
        "    depends on !NO_BOARD\n"
        "config NO_BOARD\n    bool\n"
        "config SPARE\n    bool\n    default n\n    default y if PCI\n"
        "config LOST\n    bool\n    depends on SPARE && (PCI || NET)\n    default y\n"
        "config LINUX\n    bool\n"
    ),
    "hw/net/Kconfig": (
        "config NET\n    bool\n    default y if PCI_DEVICES && (PCI || KVM) && LINUX\n"
        "    depends on PCI\n"
        "config NET_EXTRA\n    bool\n    select NET if KVM\n"
    ),
    "targets/one.toml": 'architecture = "one"\nendianness = "little"\nword-size = 64\n',
    "targets/two.toml": (
        'architecture = "two"\nendianness = "big"\n[symbols]\nNO_BOARD = true\nNET_EXTRA = true\n'
    ),
    "targets/bad.toml": (
        'architecture = "bad"\nendianness = "big"\n[symbols]\nPCI = false\nBOARD = true\n'
    ),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = executable()
    if path is None:
        pytest.skip(
            f"no browser: none of {', '.join(NAMES)} is there (Debian package: chromium), "
            "and KGEN_CHROMIUM names none"
        )
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Opens a file; at the end nothing may have been fetched, and nothing said on the console."""
    contexts: list[Any] = []
    said: list[str] = []
    fetched: list[str] = []
    opened: set[str] = set()

    def open_(path: Path, fragment: str = "", **options: Any) -> Any:
        options.setdefault("viewport", {"width": 1400, "height": 900})
        context = browser.new_context(accept_downloads=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: fetched.append(request.url))
        opened.add(path.as_uri())
        page.goto(f"{path.as_uri()}{fragment}")
        if options.get("java_script_enabled", True):
            until(page, "globalThis.kgen !== undefined")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert said == []
    assert {url.split(":")[0] for url in fetched} <= {"file", "blob"}
    assert {url.partition("#")[0] for url in fetched if url.startswith("file")} <= opened


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    done = run_kgen(["audit", "--format", "html", "-o", "report.html"], folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder / "report.html"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of TREE; one of its targets cannot be configured."""
    folder = write_tree(tmp_path_factory.mktemp("small"), TREE)
    done = run_kgen(["audit", *small_options(), "--format", "html", "-o", "r.html"], folder)
    assert done.returncode == 1
    assert "bad" in done.stderr
    return folder / "r.html"


def small_options() -> list[str]:
    return ["--tree", ".", "--targets", "targets"]


def page_data(path: Path) -> Any:
    """What the matrix needs, and what explanations need."""
    text = path.read_text(encoding="utf-8")
    first, later = re.findall(r'id="(?:data|later)">(.*?)</script>', text)
    return json.loads(first) | json.loads(later)


def targets_of(arguments: list[str], folder: Path) -> dict[str, Any]:
    done = run_kgen(["targets", "--format", "json", *arguments], folder)
    return {row["name"]: row for row in json.loads(done.stdout)["targets"]}


def visible(page: Any) -> list[str]:
    """The symbols of the matrix as the page's own script has them, in order."""
    names: list[str] = page.evaluate("kgen.visible()")
    return names


# The heads of the columns, and what stands for columns that are not drawn.
LAST_HEADS = "#grid thead tr:last-child > *"


def cell(page: Any, symbol: str, target: str) -> Any:
    """The cell of a symbol and a target, by where their heads stand."""
    heads = page.locator(LAST_HEADS).evaluate_all("all => all.map(one => one.ariaLabel)")
    row = page.locator("#grid tbody tr", has=page.locator(f'b:text-is("{symbol}")'))
    return row.locator("th, td").nth(heads.index(target))


# Of each drawn line: what is in it, without the marks of what is active, and what readers are told.
LINES = """() => [...document.querySelectorAll("#grid tr:not(.gap)")].map((line) =>
  [...line.cells].map((cell) => [cell.tagName, cell.className.replace(/ ?\\bon\\b/, ""),
    cell.textContent, cell.scope || "", cell.ariaLabel, cell.title, cell.firstElementChild?.title,
    [...cell.querySelectorAll("*")].map((one) => one.tagName + one.className).join()]))"""
# The part of it that is there before the script runs.
LOOKS = LINES.replace("cell.ariaLabel, cell.title, cell.firstElementChild?.title,", "")


def until(page: Any, condition: str) -> None:
    """Wait for a condition; Playwright's own way evaluates text, which the page forbids."""
    end = time.monotonic() + 10
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        time.sleep(0.02)


def focused(page: Any) -> str:
    """The names of the row and the column of the cell that has the focus."""
    found: str = page.evaluate(
        """() => {
          const cell = document.activeElement.closest("th, td");
          if (!cell) return document.activeElement.id || document.activeElement.tagName;
          const row = cell.parentNode.querySelector("b");
          const head = document.querySelector("#grid thead tr:last-child").cells[cell.cellIndex];
          return (row ? row.textContent : "") + ":" + (head.ariaLabel || "");
        }"""
    )
    return found


def luminance(colour: str) -> float:
    """The relative luminance of the WCAG of `rgb(r, g, b)`."""
    parts = [int(value) / 255 for value in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


CONTRAST = """() => {
  const own = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const written = (part) => part.nodeType === 3 && part.textContent.trim();
  const texts = [...document.querySelectorAll("body *")].filter((one) =>
    one.checkVisibility() && !one.disabled && [...one.childNodes].some(written));
  return texts.map((one) => [one.tagName + "." + one.className + " " + one.textContent.slice(0, 30),
    getComputedStyle(one).color, own(one)]);
}"""


UNNAMED = """() => [...document.querySelectorAll("button, a[href], input, select, [tabindex], [role=gridcell], th, section, aside, nav, table")]
  .filter((one) => one.checkVisibility() && !one.closest("[aria-hidden=true]"))
  .filter((one) => {
    const by = one.getAttribute("aria-labelledby");
    const name = one.ariaLabel || (by && document.getElementById(by)?.textContent) || one.textContent.trim()
      || [...(one.labels || [])].map((label) => label.textContent).join("").trim();
    return !name;
  }).map((one) => one.outerHTML.slice(0, 120))"""  # noqa: E501
