"""The sub-commands of `manage.py sagaflow`, one module each.

A module's docstring is its help: the first line stands in the list of commands, all of it before the options. It has
`add_arguments(parser)` and `handle(options, out)`, where `options` is the argparse namespace and `out` an `Output`;
`handle` returns an `Exit` (nothing means OK) or raises `CommandFailed`. Every command has `--json` without asking.
Imports that cost time belong inside `handle`: all modules are imported to build the parser.
"""
