"""meson.build is followed without Meson: what is known, what is not, and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from growth import MOST, growth, seconds

from kgen.code.meson.parser import parse
from kgen.commands.host.meson_run import Given, follow
from kgen.commands.host.meson_values import Feature, Maybe
from kgen.model.problems import KgenError

AUTO = Feature("f", frozenset(("auto",)), frozenset(("option f",)))
ON = Feature("f", frozenset(("enabled",)))
OFF = Feature("f", frozenset(("disabled",)))

LIBRARY = ["library x", "option f"]

END = """
configure_file(output: 't-config-devices.mak', command: [found])
"""


def _follow(text: str, options: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
    given = Given(options or {}, {"A": "y"}, {}, "x86_64", "linux", {}, lambda _path: {})
    (command,) = follow(parse(text + END)[0], given)
    return command.words


def _of(expression: str, **options: Any) -> Any:
    """The value of an expression; causes alone, sorted, if it is not known."""
    words = _follow(f"found = {expression} ? ['yes'] : []\n", options)
    if words and isinstance(words[0], Maybe):
        return sorted(words[0].causes)
    return words == ("yes",)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("true and not false", True),
        ("1 + 2 == 3 and 'a' + 'b' == 'ab' and 7 > 3", True),
        ("'a' in ['b', 'a'] and 'c' not in ['b']", True),
        ("'ell' in 'hello'", True),
        ("{'a': 1}.has_key('a') and {'a': 1}.get('b', 5) == 5", True),
        ("'@0@-@1@'.format('x', 'y') == 'x-y'", True),
        ("'a,b'.split(',') == ['a', 'b']", True),
        ("'A B'.to_lower().underscorify() == 'a_b'", True),
        ("host_machine.system() == 'linux'", True),
        ("[[1, 2], 3].length() == 3", True),
        ("'''it's'''.contains('s')", True),
        ("dependency('', required: false).found()", False),
        ("dependency('x', required: false).found()", ["library x"]),
        ("find_program('x', required: false).found()", ["program x"]),
        ("dependency('x').found()", True),
        ("cc.has_header('x.h')", ["check"]),
        ("cc.has_header('x.h') and false", False),
        ("cc.has_header('x.h') or true", True),
        ("unknown_name == 1", ["check"]),
    ],
)
def test_values(expression: str, value: Any) -> None:
    assert _of(expression) == value


@pytest.mark.parametrize(
    ("expression", "auto", "on", "off"),
    [
        ("get_option('f').allowed()", True, True, False),
        ("get_option('f').enabled()", False, True, False),
        ("get_option('f').auto()", True, False, False),
        ("get_option('f').require(false).allowed()", False, True, False),
        ("get_option('f').disable_auto_if(true).allowed()", False, True, False),
        ("get_option('f').enable_auto_if(true).enabled()", True, True, False),
        ("dependency('x', required: get_option('f')).found()", LIBRARY, True, False),
        ("get_option('f').require(cc.links('x')).allowed()", ["check", "option f"], True, False),
    ],
)
def test_features(expression: str, auto: Any, on: Any, off: Any) -> None:
    assert [_of(expression, f=state) for state in (AUTO, ON, OFF)] == [auto, on, off]


def test_both_ways_are_joined() -> None:
    text = """
x = dependency('x', required: false)
found = ['first']
if x.found()
  found += 'a'
  same = 1
else
  found += 'b'
  same = 1
endif
found += same == 1 ? 'last' : 'no'
"""
    causes = frozenset(("library x",))
    assert _follow(text) == ("first", Maybe("a", causes), Maybe("b", causes), "last")


def test_a_way_that_ends_in_an_error_is_none() -> None:
    text = """
x = dependency('x', required: false)
y = dependency('y', required: false)
if not x.found() or not y.found()
  error('both are needed')
endif
found = x.found() and y.found() ? ['yes'] : []
"""
    assert _follow(text) == ("yes",)


def test_loops_go_over_what_may_be_there() -> None:
    text = """
names = ['a'] + (cc.links('x') ? ['b'] : []) + ['c', 'd', 'e']
found = []
foreach name : names
  if name == 'c'
    continue
  elif name == 'e'
    break
  endif
  found += name
endforeach
"""
    assert _follow(text) == ("a", Maybe("b", frozenset(("check",))), "d")


def test_configuration_data_and_dictionaries() -> None:
    text = """
keyval = import('keyval')
host = keyval.load(meson.current_build_dir() / 'config-host.mak')
data = configuration_data()
data.set('X', dependency('x', required: false).found())
found = []
foreach key, value : {'p': 'q'}
  found += key + value
endforeach
found += 'A' in host ? 'A' : 'no'
found += data.get('X') ? ['X'] : []
"""
    assert _follow(text) == ("pq", "A", Maybe("X", frozenset(("library x",))))


def test_an_error_on_every_way_is_an_error() -> None:
    text = "if cc.links('x')\n  error('no x')\nelse\n  error('no y')\nendif\nfound = []\n"
    with pytest.raises(KgenError, match=r"QEMU's meson.build refuses this: no [xy]"):
        _follow(text)


@pytest.mark.parametrize("unit", [" + 'a'", " and a", "\nif a\n  b = 1\nendif"])
def test_long_chains_take_no_depth_and_time_grows_with_them(unit: str) -> None:
    def work(number: int) -> Callable[[], object]:
        text = "found = 'a'" + unit * number + "\nfound = []\n"
        return lambda: _follow(text)

    assert growth(work, 5000, seconds) < MOST


@pytest.mark.parametrize("unit", ["'", "'''", "f'''", "#", "\\", "'\\", "{", "a."])
def test_any_text_ends(unit: str) -> None:
    start = time.process_time()
    assert parse(unit * 100_000)[0] is not None
    assert time.process_time() - start < 5
