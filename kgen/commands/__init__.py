"""The commands: one folder per command, with the same name.

In a folder, `command` has the options and the run, `text` formats output for people, `as_json` for
programs, and the other modules do the work. This package itself has the options that commands
share, the two command-line parsers, and the dispatcher. May import every other package.
"""
