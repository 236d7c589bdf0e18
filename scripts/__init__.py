"""Commands: one file for each, which runs alone, as ``wattpact NAME`` and under ``ape run NAME``.

No logic lives here: a command reads its options, calls the rooms below and prints. Files that begin with an underscore
are shared by the commands and are none themselves; nothing outside this folder imports it.
"""
