"""A headless Chromium for the tests of pages: found on the machine, never downloaded."""

from __future__ import annotations

import os
import shutil

# What distributions call it; KGEN_CHROMIUM names any other.
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")

# Without a sandbox, as continuous integration runs as root; without any traffic of its own.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)


def executable() -> str | None:
    """The path of a Chromium; None where there is none."""
    named = os.environ.get("KGEN_CHROMIUM")
    if named:
        return named if os.access(named, os.X_OK) else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


# Milliseconds from typing into the report's search to the paint of what that leaves.
FILTER = """async (typed) => {
  const field = document.getElementById("q");
  const start = performance.now();
  field.value = typed;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - start;
}"""
