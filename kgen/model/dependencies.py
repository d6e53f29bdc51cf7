"""The Python packages that kgen imports: the problem if one is missing or a wrong one is found."""

from __future__ import annotations

from types import ModuleType

from kgen.model.problems import Problem

# The package for pip, by the name of its module. Other packages have some of these modules, too.
_PACKAGES = {
    "click": "click",
    "jinja2": "jinja2",
    "kconfiglib": "kconfiglib==14.1.0",
    "markupsafe": "markupsafe",
    "msgspec": "msgspec",
    "pycard": "python-sat",
    "pysat": "python-sat",
    "pysolvers": "python-sat",
    "tomli": "tomli",
}


def problem_of(error: ImportError | AttributeError) -> Problem | None:
    """The problem with the package that an exception is about; None for any other exception."""
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


def versions() -> list[str]:
    """The versions of Python and of each package, a line each."""
    from importlib.metadata import PackageNotFoundError, version
    from platform import python_version

    lines = [f"Python {python_version()}"]
    for package in sorted({one.partition("=")[0] for one in _PACKAGES.values()}):
        try:
            lines.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            if package != "tomli":  # part of Python from 3.11 on
                lines.append(f"{package}: not installed")
    return lines


def another(module: str, found: str) -> Problem:
    """The problem with a module that another package, or another version, installed.

    found: how the difference was detected.
    """
    package = _PACKAGES[module].replace("==", " ")
    message = f"the Python module {module} does not belong to {package}: {found}"
    hint = f"{_install(_PACKAGES[module])}, in an environment without the other package"
    return Problem(message, hint=hint, code="KG902")


def _install(package: str) -> str:
    return f"python3 -m pip install {package}"
