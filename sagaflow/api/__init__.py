"""The HTTP API: start runs, list and read them, operate them, publish events and answer callbacks.

A request passes these modules in this order:

- ``login`` and ``auth``: the user behind the session or the API token, and the permissions of that user.
- ``unknown_parameters``, ``body`` and ``shapes``: the query and the body, which are refused if anything is wrong.
- ``runs``, ``acts``, ``second_person``, ``events`` and ``callbacks``: the operations. Each calls one verb of
  ``sagaflow.engine``, or reads with ``sagaflow.run_view``, which masks sensitive fields.
- ``answers``: the types of the successful answers. ``problems``: every error as a problem document (RFC 9457).
- ``openapi``, with ``schemas`` and ``examples``: the description of all this for clients.

``urls`` puts them together. A project includes ``sagaflow.api.urls``.
"""
