"""How QEMU's meson.build makes an emulator of its source sets, for trees that do not say it.

A tree with a few folders of hw/ and no meson.build at its root uses the sets that QEMU's would
have made; BEFORE makes them. AFTER puts them together, where nothing else has made an emulator.
"""

from __future__ import annotations

BEFORE = """
ss = import('sourceset')
keyval = import('keyval')
cc = meson.get_compiler('c')
host_os = host_machine.system()
targetos = host_os
cpu = host_machine.cpu_family()
config_host = keyval.load('config-host.mak')
config_host_data = configuration_data()
target_dirs = config_host['TARGET_DIRS'].split()
have_system = true
genh = []
config_all_devices = {}
foreach target : target_dirs
  config_all_devices += keyval.load('config-devices.mak')
endforeach
authz_ss = ss.source_set()
block_ss = ss.source_set()
blockdev_ss = ss.source_set()
bsd_user_ss = ss.source_set()
chardev_ss = ss.source_set()
common_ss = ss.source_set()
crypto_ss = ss.source_set()
hwcore_ss = ss.source_set()
io_ss = ss.source_set()
linux_user_ss = ss.source_set()
qmp_ss = ss.source_set()
qom_ss = ss.source_set()
softmmu_ss = ss.source_set()
specific_fuzz_ss = ss.source_set()
specific_softmmu_ss = ss.source_set()
specific_ss = ss.source_set()
stub_ss = ss.source_set()
system_ss = ss.source_set()
tcg_ss = ss.source_set()
trace_ss = ss.source_set()
user_ss = ss.source_set()
util_ss = ss.source_set()
modules = {}
target_modules = {}
hw_arch = {}
hw_common_arch = {}
target_arch = {}
target_common_arch = {}
target_common_system_arch = {}
target_softmmu_arch = {}
target_system_arch = {}
target_user_arch = {}
"""

AFTER = """
foreach folder, list : modules
  foreach name, module_ss : list
    softmmu_ss.add_all(module_ss)
  endforeach
endforeach
foreach folder, list : target_modules
  foreach name, module_ss : list
    specific_ss.add_all(module_ss)
  endforeach
endforeach
foreach target : target_dirs
  config_target = keyval.load('targets/' + target + '.mak')
  config_target += keyval.load(target + '-config-devices.mak')
  config_target += {'CONFIG_SOFTMMU': 'y', 'CONFIG_SYSTEM_ONLY': 'y'}
  config_target += {'TARGET_' + config_target['TARGET_ARCH'].to_upper(): 'y'}
  base = config_target['TARGET_BASE_ARCH']
  folder = config_target['TARGET_NAME'] == 'sparc64' ? 'sparc64' : base
  sets = [common_ss, softmmu_ss, specific_softmmu_ss, specific_ss, system_ss, qom_ss, authz_ss,
          block_ss, blockdev_ss, chardev_ss, crypto_ss, hwcore_ss, io_ss, qmp_ss, tcg_ss]
  sources = []
  foreach set : sets
    applied = set.apply(config_target, strict: false)
    sources += [applied.sources(), applied.dependencies()]
  endforeach
  foreach sets_of : [target_arch, target_softmmu_arch, target_system_arch, target_common_arch,
                     target_common_system_arch, hw_common_arch]
    if base in sets_of
      applied = sets_of[base].apply(config_target, strict: false)
      sources += [applied.sources(), applied.dependencies()]
    endif
  endforeach
  if folder in hw_arch
    applied = hw_arch[folder].apply(config_target, strict: false)
    sources += [applied.sources(), applied.dependencies()]
  endif
  util_ss.add_all(trace_ss)
  archive = static_library('util', util_ss.apply({}).sources() + stub_ss.apply({}).sources())
  executable('qemu-system-' + config_target['TARGET_NAME'], sources, link_with: archive)
endforeach
"""
