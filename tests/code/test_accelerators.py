"""Which accelerators a meson.build has for which target: files made up for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Run, write_tree
from small_qemu import FILES

from kgen.code.accelerators import Rules, read_rules

HEAD = """
project('made up', ['c'])
cpu = host_machine.cpu_family()
host_os = host_machine.system()
"""


def rules(text: str) -> Rules:
    found = read_rules(HEAD + text)
    assert found is not None
    return found


def has(found: Rules, accelerator: str, target: str, *hosts: str) -> list[bool]:
    name = f"{target}-softmmu"
    return [found.has(accelerator, name, False, found.on(host), False) for host in hosts]


def test_a_later_branch_replaces_and_adds() -> None:
    found = rules("""
accelerator_targets = { 'CONFIG_KVM': cpu.startswith('arm') ? ['arm-softmmu'] : [] }
if cpu in ['x86', 'x86_64']
  accelerator_targets += { 'CONFIG_KVM': ['i386-softmmu'], 'CONFIG_XEN': ['i386-softmmu'] }
elif cpu != 's390x'
  xen = ['i386-softmmu']
  xen += 'arm-softmmu'
  accelerator_targets += { 'CONFIG_XEN': xen }
endif
""")
    hosts = ("i386", "x86_64", "arm", "s390x", "alpha")
    assert has(found, "kvm", "arm", *hosts) == [False, False, True, False, False]
    assert has(found, "kvm", "i386", *hosts) == [True, True, False, False, False]
    assert has(found, "xen", "i386", *hosts) == [True, True, True, False, True]
    assert has(found, "xen", "arm", *hosts) == [False, False, True, False, True]
    assert has(found, "mshv", "arm", *hosts) == [False] * 5
    assert has(found, "tcg", "arm", *hosts) == [True] * 5


def test_families_may_be_renamed() -> None:
    found = rules("""
if cpu in ['riscv32', 'riscv64']
  cpu = 'riscv'
endif
if cpu == 'riscv'
  own = ['riscv32-softmmu', 'riscv64-softmmu']
else
  own = []
endif
accelerator_targets = { 'CONFIG_KVM': own }
""")
    assert has(found, "kvm", "riscv32", "riscv64", "riscv32", "x86_64") == [True, True, False]


def test_what_else_a_condition_asks_is_taken_to_be_so() -> None:
    found = rules("""
accelerator_targets = {}
if host_os == 'darwin' and cpu == 'aarch64'
  accelerator_targets += { 'CONFIG_HVF': ['aarch64-softmmu'] }
elif compiler_says_so
  accelerator_targets += { 'CONFIG_WHPX': ['aarch64-softmmu'] }
endif
""")
    assert has(found, "hvf", "aarch64", "aarch64", "x86_64") == [True, False]
    assert has(found, "whpx", "aarch64", "aarch64", "x86_64") == [True, True]


@pytest.mark.parametrize(
    ("line", "wide", "expected"),
    [
        ("", True, True),
        ("if (cc.sizeof('void *') < 8) and (have_system or have_user)", False, False),
        ("    if host_long_bits < config_target['TARGET_LONG_BITS'].to_int()", True, False),
        ("    if host_long_bits < config_target['TARGET_LONG_BITS'].to_int()", False, True),
    ],
)
def test_a_host_of_32_bits(line: str, wide: bool, expected: bool) -> None:
    found = rules(f"accelerator_targets = {{}}\n{line}\n  error('no')\nendif\n")
    assert found.has("tcg", "alpha-softmmu", wide, found.on("arm"), narrow=True) is expected
    assert found.has("tcg", "alpha-softmmu", wide, found.on("x86_64"), narrow=False)


def test_only_the_statements_before_the_end_of_the_dictionary_are_run() -> None:
    text = "if true\n  accelerator_targets = {\n    'CONFIG_KVM': ['a-softmmu'],\n  }\nendif\n"
    text += "x = = 1\n"
    assert has(rules(text), "kvm", "a", "arm") == [True]
    assert read_rules(HEAD + text.replace("accelerator_targets", "other")) is None
    assert read_rules("accelerator_targets = 'none'\n") is None


def test_the_file_is_an_input_of_a_run_that_asks_it(kgen: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "qemu", FILES)
    meson = tree / "meson.build"
    command = ("generate", "--tree", "qemu", "-o", "out", "--output", "mak", "--depfile", "d")
    for accel, asks in (("tcg", False), ("tcg,kvm", True)):
        meson.write_text("accelerator_targets = { 'CONFIG_KVM': ['arm-softmmu'] }\n")
        done = kgen(*command, "--accel", accel)
        assert ("meson.build" in (tmp_path / "d").read_text()) is asks
        assert ("arm-softmmu" in done.stderr) is False
        meson.write_text("accelerator_targets = { 'CONFIG_KVM': [] }\n")
        done = kgen(*command, "--accel", accel)
        assert ("--accel kvm: left out for arm-softmmu" in done.stderr) is asks
