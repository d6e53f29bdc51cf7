"""From the text of standard Kconfig to menu nodes, with Kconfiglib's parser."""
