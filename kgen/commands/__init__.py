"""The commands: a folder for each, of the command's own name.

In a folder, `command` is argv to output, `text` is for people, `as_json` for programs, and the
question itself is in the modules beside them. Here are the options that commands share, the two
ways to read a command line, and what runs a command. Imports everything.
"""
