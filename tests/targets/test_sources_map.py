"""Sources maps: where what is wrong in one stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from messages import said

from kgen.model.problems import KgenError
from kgen.targets.sources_map import read_sources


def test_places_in_sources_maps(tmp_path: Path) -> None:
    def told(text: str) -> list[str]:
        (tmp_path / "s.toml").write_text(text)
        with pytest.raises(KgenError) as caught:
            read_sources(str(tmp_path / "s.toml"), "s.toml", {"NIC"})
        return said(caught.value)

    no_card = "error: KG406 when: the tree declares no symbol CARD"
    assert told('source = [\n  { when = "NIC", files = [] }, { when = "CARD", files = [] }\n]') == [
        f"s.toml:2:33: {no_card}"
    ]
    assert told('text = """\n[[source]]\n"""\n[[source]]\nwhen = "CARD"\nfiles = []\n') == [
        's.toml:1:1: error: KG406 unknown key "text"',
        f"s.toml:4:1: {no_card}",
    ]
    assert told('\n"a b" = 1\n  source = 1\n') == [
        's.toml:2:1: error: KG406 unknown key "a b"',
        "s.toml:3:3: error: KG406 source: expected an array",
    ]
    # It is not a target's description, which is what KG405 is about.
    assert told("[[source\n")[0].startswith("s.toml:1:9: error: KG406 ")


def test_devices_of_a_rule(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('[[source]]\nwhen = "NIC"\nfiles = []\ndevices = ["nic-pci", "nic"]\n')
    (rule,) = read_sources(str(path), "s.toml", {"NIC"})
    assert rule.devices == ("nic-pci", "nic")
    assert rule.place.line == 1
    path.write_text('[[source]]\nwhen = "NIC"\nfiles = []\ndevices = "nic"\n')
    with pytest.raises(KgenError) as caught:
        read_sources(str(path), "s.toml", {"NIC"})
    assert said(caught.value) == ["s.toml:1:1: error: KG406 expected array, got str"]
