"""Pictures of definitions and runs: flowchart, sequence diagram, outline.

definition → ``picture`` → ``dot`` → ``layout`` (Graphviz in a child process) → ``svg`` (allow-list) → ``paint``
(state as classes). All of it is pure but ``layout``. Start at ``draw``.
"""
