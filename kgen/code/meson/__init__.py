"""meson.build read without running anything: for each source file the condition to build it."""
