"""The command line: `manage.py sagaflow <sub-command>`.

``commands/sagaflow.py`` finds the module of a sub-command in ``sub``, runs it, and turns its errors into a sentence and
an exit code. The modules here are shared by several sub-commands: ``arguments``, ``documents`` and ``runs`` read what
the command line names; ``output``, ``terminal``, ``tables`` and ``files`` write the answer.

Imports that take time are inside functions, because every start of `manage.py sagaflow` imports all modules here.
"""
