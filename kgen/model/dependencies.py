"""The Python packages that kgen imports: what is said of one that is missing, or is another."""

from __future__ import annotations

from types import ModuleType

from kgen.model.problems import Problem

# What pip installs, by the name that is imported. Some names belong to other packages, too.
_PACKAGES = {
    "click": "click",
    "jinja2": "jinja2",
    "kconfiglib": "kconfiglib==14.1.0",
    "markupsafe": "markupsafe",
    "msgspec": "msgspec",
    "pycard": "python-sat",
    "pysat": "python-sat",
    "pysolvers": "python-sat",
}


def problem_of(error: ImportError | AttributeError) -> Problem | None:
    """The problem with the package that an exception is about; None if it is about none."""
    if isinstance(error, ImportError):
        name = error.name
    else:
        name = error.obj.__name__ if isinstance(error.obj, ModuleType) else None
    module = (name or "").partition(".")[0]
    if module not in _PACKAGES:
        return None
    if isinstance(error, AttributeError):
        return another(module, str(error))
    package = _PACKAGES[module].partition("=")[0]
    if isinstance(error, ModuleNotFoundError) and error.name == module:
        message = f"the Python package {package} is missing"
        return Problem(message, hint=_install(_PACKAGES[module]), code="KG901")
    if isinstance(error, ModuleNotFoundError) or "cannot import name" in str(error):
        return another(module, str(error))
    message = f"the Python package {package} cannot be imported: {error}"
    return Problem(message, hint=_install(_PACKAGES[module]), code="KG901")


def another(module: str, found: str) -> Problem:
    """The problem with a module of the right name that another package, or version, installed.

    found: what shows that it is another one.
    """
    package = _PACKAGES[module].replace("==", " ")
    message = f"the Python module {module} is not that of {package}: {found}"
    hint = f"{_install(_PACKAGES[module])}, in an environment without the other one"
    return Problem(message, hint=hint, code="KG902")


def _install(package: str) -> str:
    return f"python3 -m pip install {package}"
