"""What the command line and a project file give for each target."""

from __future__ import annotations

from typing import Any

from kgen.model.places import File, Place
from kgen.project.options import PER_TARGET, Options, Override, Written

HERE = Place(File("kgen.toml", outside=True), 1)


def override(glob: str, **values: Any) -> Override:
    return Override(glob, values, HERE)


def test_the_last_table_of_a_target_wins_for_each_field() -> None:
    options = Options(
        mode="allnoconfig",
        overrides=(
            override("x86*", accel="kvm", devices="a"),
            override("*", devices="b", host_arch="e2k"),
            override("x86_64-softmmu", host="none"),
        ),
    )
    assert options.of("x86_64-softmmu") == Options(
        mode="allnoconfig", accel="kvm", devices="b", host_arch="e2k", host="none"
    )
    assert options.of("arm-softmmu") == Options(mode="allnoconfig", devices="b", host_arch="e2k")


def test_what_is_given_later_holds_for_every_target() -> None:
    values = {
        "mode": "allyesconfig",
        "devices": "c",
        "devices_as": "d",
        "host": "none",
        "accel": "xen",
        "host_arch": "arm",
        "settings": ("A=y",),
        "env": ("B=2",),
        "fragments": ("e",),
    }
    assert set(values) == set(PER_TARGET)
    options = Options(
        overrides=(
            override("*", mode="allnoconfig", devices="a", host="linux,A", accel="kvm"),
            override("*", host_arch="e2k", settings=("A=n", "B=n")),
        )
    )
    changed = options.changed(**values)
    wanted = Options(**{**values, "settings": ("B=n", "A=y")})  # type: ignore[arg-type]
    assert changed.of("t") == wanted._replace(given=frozenset(values))


def test_a_host_that_begins_with_a_sign_changes_that_of_each_target() -> None:
    options = Options(host="linux,FUZZ", overrides=(override("a", host="none"),))
    options = options._replace(overrides=(*options.overrides, override("b", host="-SPICE")))
    options = options.changed(host="+FDT")
    hosts = [options.of(name).host for name in ("a", "b", "c")]
    assert hosts == ["none,+FDT", "linux,FUZZ,+FDT,-SPICE,+FDT", "linux,FUZZ,+FDT"]


def test_a_setting_replaces_one_of_the_same_symbol_however_it_is_written() -> None:
    options = Options(settings=("VIRTIO_NET=y", "B=y"))
    options = options._replace(overrides=(override("*", settings=("CONFIG_C=y",)),))
    options = options.changed(settings=("config_virtio-net=n", "c=n"))
    assert options.of("t").settings == ("B=y", "config_virtio-net=n", "c=n")
    # Two of one command line are both kept, and may contradict each other.
    assert Options().changed(settings=("A=y", "A=n")).settings == ("A=y", "A=n")


def test_settings_of_one_side_replace_all() -> None:
    options = Options(settings=("A=y",), overrides=(override("*", settings=("B=y",)),))
    assert options.replaced(("C=y",)).of("t").settings == ("C=y",)


def test_the_devices_files_that_some_target_may_have() -> None:
    options = Options(overrides=(override("a", devices="x/a.mak"), override("b", mode="defconfig")))
    assert list(options.devices_of_any()) == ["default", "x/a.mak"]


def test_the_place_of_a_value_or_of_an_item() -> None:
    item = Written("host", "linux, -SPICE", HERE)
    options = Options(written=(item,))
    assert options.place("host", "-SPICE") == options.place("host", "linux, -SPICE") == HERE
    assert options.place("host", "SPICE") is options.place("accel", "linux") is None
