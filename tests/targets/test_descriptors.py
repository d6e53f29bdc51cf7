"""Descriptors of targets: where what is wrong, or set, in one stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from messages import said
from running import Run, write_tree

from kgen.model.problems import KgenError
from kgen.targets.descriptors import read_descriptors


def test_places_in_descriptors(tmp_path: Path) -> None:
    def told(text: str) -> list[str]:
        (tmp_path / "x.toml").write_text(text)
        with pytest.raises(KgenError) as caught:
            read_descriptors(str(tmp_path), ["x"], "d")
        return said(caught.value)

    wrong = 'error: KG405 symbols.B: expected true, false or "unset", not 1'
    assert told('architecture = "x"\nsymbols = { A = true, B = 1 }\n') == [
        f"d/x.toml:2:23: {wrong}"
    ]
    assert told('architecture = "x"\nsymbols.B = 1\n') == [f"d/x.toml:2:9: {wrong}"]
    assert told("[[word-size]]\n") == [
        "d/x.toml:1:1: error: KG405 word-size: expected 32 or 64, not [{}]"
    ]


def test_a_symbol_with_its_prefix_has_its_line(kgen: Run, tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "t/Kconfig": "config A\n    bool\n",
            "d/x.toml": 'architecture = "x"\nendianness = "big"\n[symbols]\nCONFIG_A = true\n',
        },
    )
    done = kgen("why", "--tree", "t", "--targets", "d", "A")
    assert "d/x.toml:4" in done.stdout
