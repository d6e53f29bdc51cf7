"""Small QEMU trees with the scripts that decide what is passed, of each generation."""

from __future__ import annotations

from pathlib import Path

from running import write_tree

KCONFIG = {
    "VERSION": "9.9.0\n",
    "Kconfig": "source Kconfig.host\nsource accel/Kconfig\nsource target/Kconfig\n"
    "source hw/Kconfig\n",
    "Kconfig.host": "".join(
        f"config {name}\n    bool\n" for name in ("TPM", "SPICE", "FDT", "LINUX", "IVSHMEM")
    ),
    "accel/Kconfig": "config KVM\n    bool\nconfig TCG\n    bool\nconfig XEN\n    bool\n",
    "target/Kconfig": "config ARM\n    bool\nconfig X86_64\n    bool\n",
    "hw/Kconfig": """\
config CARD
    bool
    default y
    depends on SPICE
config TPM_CHIP
    bool
    default y
    depends on TPM
config CLOCK
    bool
    default y
    depends on KVM && X86_64
config BOARD
    bool
    default y if ARM
""",
}

TARGETS = {"arm-softmmu": "TARGET_ARCH=arm\n", "x86_64-softmmu": "TARGET_ARCH=x86_64\n"}

NEW_CONFIGURE = """\
#!/bin/sh
default_feature=""
plugins="$default_feature"
for opt do
  case "$opt" in
  --cpu=*) cpu="$optarg"
  ;;
  --prefix=*) prefix="$optarg"
  ;;
  --target-list=*) target_list="$optarg"
  ;;
  --without-default-features) # processed above
  ;;
  --without-default-devices) meson_option_add -Ddefault_devices=false
  ;;
  --with-devices-*) device_arch=${opt#--with-devices-};
  ;;
  --disable-system) system="no"
  ;;
  --*) meson_option_parse "$opt" "$optarg"
  ;;
  esac
done
"""

BUILDOPTIONS = """\
_meson_option_parse() {
  case $1 in
    --enable-fdt) printf "%s" -Dfdt=enabled ;;
    --enable-fdt=*) quote_sh "-Dfdt=$2" ;;
    --disable-fdt) printf "%s" -Dfdt=disabled ;;
    --enable-kvm) printf "%s" -Dkvm=enabled ;;
    --disable-kvm) printf "%s" -Dkvm=disabled ;;
    --enable-spice) printf "%s" -Dspice=enabled ;;
    --disable-spice) printf "%s" -Dspice=disabled ;;
    --disable-tcg) printf "%s" -Dtcg=disabled ;;
    --disable-tpm) printf "%s" -Dtpm=disabled ;;
    --enable-xen) printf "%s" -Dxen=enabled ;;
    --with-suffix=*) quote_sh "-Dqemu_suffix=$2" ;;
  esac
}
"""

MESON_OPTIONS = """\
option('default_devices', type : 'boolean', value : true,
       description: 'Include a default selection of devices in emulators')
option('fdt', type: 'combo', value: 'auto', choices: ['disabled', 'enabled', 'auto'])
""" + "".join(
    f"option('{name}', type: 'feature', value: 'auto')\n"
    for name in ("kvm", "spice", "tcg", "tpm", "xen")
)

NEW_MESON = """\
project('qemu', ['c'])
not_found = dependency('', required: false)
keyval = import('keyval')
config_host = keyval.load(meson.current_build_dir() / 'config-host.mak')
config_host_data = configuration_data()
cc = meson.get_compiler('c')
host_os = host_machine.system()
cpu = host_machine.cpu_family()
target_dirs = config_host['TARGET_DIRS'].split()
have_system = false
foreach target : target_dirs
  have_system = have_system or target.endswith('-softmmu')
endforeach

accelerators = []
if get_option('kvm').allowed() and host_os == 'linux'
  accelerators += 'CONFIG_KVM'
endif
xen = not_found
if get_option('xen').enabled() or (get_option('xen').auto() and have_system)
  xen = dependency('xencontrol', required: get_option('xen'))
endif
if xen.found()
  accelerators += 'CONFIG_XEN'
endif
if get_option('tcg').allowed()
  accelerators += 'CONFIG_TCG'
endif
accelerator_targets = { 'CONFIG_KVM': [], 'CONFIG_XEN': ['x86_64-softmmu'] }
if cpu == 'x86_64'
  accelerator_targets += { 'CONFIG_KVM': ['x86_64-softmmu'] }
elif cpu == 'arm'
  accelerator_targets += { 'CONFIG_KVM': ['arm-softmmu'] }
endif

have_tpm = get_option('tpm') \\
  .require(host_os != 'windows', error_message: 'no TPM there') \\
  .allowed()
spice = not_found
if not get_option('spice').auto() or have_system
  spice = dependency('spice-server', version: '>=0.14.0',
                     required: get_option('spice'))
endif
fdt = not_found
fdt_opt = get_option('fdt')
if fdt_opt in ['enabled', 'system'] or (fdt_opt == 'auto' and have_system)
  fdt = cc.find_library('fdt', required: false)
  if not fdt.found() and fdt_opt == 'enabled'
    error('fdt is wanted, but not there')
  endif
endif
config_host_data.set('CONFIG_EVENTFD', cc.links('int main(void) { return eventfd(0, 0); }'))

have_ivshmem = config_host_data.get('CONFIG_EVENTFD')
host_kconfig = \\
  (have_tpm ? ['CONFIG_TPM=y'] : []) + \\
  (spice.found() ? ['CONFIG_SPICE=y'] : []) + \\
  (have_ivshmem ? ['CONFIG_IVSHMEM=y'] : []) + \\
  (fdt.found() ? ['CONFIG_FDT=y'] : []) + \\
  (host_os == 'linux' ? ['CONFIG_LINUX=y'] : [])

default_targets = 'CONFIG_DEFAULT_TARGETS' in config_host
foreach target : target_dirs
  config_target = {}
  target_kconfig = []
  foreach sym: accelerators
    if sym == 'CONFIG_TCG' or target in accelerator_targets.get(sym, [])
      target_kconfig += [ sym + '=y' ]
    endif
  endforeach
  if target_kconfig.length() == 0
    if default_targets
      continue
    endif
    error('No accelerator available for target @0@'.format(target))
  endif
  config_target += keyval.load('configs/targets' / target + '.mak')
  target_kconfig += 'CONFIG_' + config_target['TARGET_ARCH'].to_upper() + '=y'
  config_input = meson.get_external_property(target, 'default')
  config_devices_mak = target + '-config-devices.mak'
  config_devices_mak = configure_file(
    input: ['configs/devices' / target / config_input + '.mak', 'Kconfig'],
    output: config_devices_mak,
    capture: true,
    command: [minikconf,
              get_option('default_devices') ? '--defconfig' : '--allnoconfig',
              config_devices_mak, '@DEPFILE@', '@INPUT@',
              host_kconfig, target_kconfig])
endforeach
error('nobody comes here')
"""

OLD_CONFIGURE = """\
#!/bin/sh
default_feature=""
spice=""
tpm="$default_feature"
kvm="auto"
default_devices="yes"
deprecated_targets_list=arm-softmmu
for opt do
  case "$opt" in
  --target-list=*) target_list="$optarg"
  ;;
  --disable-kvm) kvm="disabled"
  ;;
  --enable-kvm) kvm="enabled"
  ;;
  --disable-spice) spice="no"
  ;;
  --enable-spice) spice="yes"
  ;;
  --disable-tpm) tpm="no"
  ;;
  --enable-tpm) tpm="yes"
  ;;
  --without-default-devices) default_devices="no"
  ;;
  --without-default-features) # processed above
  ;;
  esac
done
if test "$linux" = "yes" ; then
  echo "CONFIG_LINUX=y" >> $config_host_mak
fi
if test "$spice" = "yes" ; then
  echo "CONFIG_SPICE=y" >> $config_host_mak
fi
if test "$tpm" = "yes"; then
  echo 'CONFIG_TPM=y' >> $config_host_mak
fi
$meson setup -Dkvm=$kvm \\
  $PWD
"""

OLD_MESON = """\
project('qemu', ['c'])
keyval = import('unstable-keyval')
config_host = keyval.load(meson.current_build_dir() / 'config-host.mak')
target_dirs = config_host['TARGET_DIRS'].split()
accelerators = ['CONFIG_TCG']
if not get_option('kvm').disabled()
  accelerators += 'CONFIG_KVM'
endif
kconfig_external_symbols = [
  'CONFIG_KVM',
  'CONFIG_TPM',
  'CONFIG_SPICE',
  'CONFIG_LINUX',
]
foreach target : target_dirs
  config_target = {}
  foreach sym: accelerators
    if sym == 'CONFIG_TCG' or target == 'x86_64-softmmu'
      config_target += { sym: 'y' }
    endif
  endforeach
  base_kconfig = []
  foreach sym : kconfig_external_symbols
    if sym in config_target or sym in config_host
      base_kconfig += '@0@=y'.format(sym)
    endif
  endforeach
  config_devices_mak = configure_file(
    input: ['default-configs/devices' / target + '.mak', 'Kconfig'],
    output: target + '-config-devices.mak',
    command: [minikconf, config_host['CONFIG_MINIKCONF_MODE'],
              config_devices_mak, '@DEPFILE@', '@INPUT@', base_kconfig])
endforeach
"""


def new_tree(folder: Path) -> Path:
    """A tree like those of QEMU 7.0 and later."""
    files = {
        "configure": NEW_CONFIGURE,
        "scripts/meson-buildoptions.sh": BUILDOPTIONS,
        "meson_options.txt": MESON_OPTIONS,
        "meson.build": NEW_MESON,
    }
    for name, text in TARGETS.items():
        files[f"configs/targets/{name}.mak"] = text
        files[f"configs/devices/{name}/default.mak"] = ""
    files["configs/devices/x86_64-softmmu/small.mak"] = "CONFIG_BOARD=y\n"
    return write_tree(folder, {**KCONFIG, **files})


def old_tree(folder: Path) -> Path:
    """A tree like that of QEMU 5.2."""
    files = {
        "configure": OLD_CONFIGURE,
        "meson_options.txt": "option('kvm', type: 'feature', value: 'auto')\n",
        "meson.build": OLD_MESON,
    }
    for name, text in TARGETS.items():
        files[f"default-configs/targets/{name}.mak"] = text
        files[f"default-configs/devices/{name}.mak"] = ""
    return write_tree(folder, {**KCONFIG, "VERSION": "5.2.0\n", **files})
