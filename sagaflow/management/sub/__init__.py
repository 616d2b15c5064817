"""The sub-commands of `manage.py sagaflow`, one module each.

The docstring of a module is its help: the first line is in the list of commands, and all of it comes before the
options. A module has `add_arguments(parser)` and `handle(options, out)`, where `options` is the argparse namespace and
`out` an `Output`. `handle` returns an `Exit` (None means OK) or raises `CommandFailed`. Every command has `--json`
without further code. Imports that take time belong inside `handle`, because all modules are imported to build the
parser.
"""
