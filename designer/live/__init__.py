"""The live view over Channels. It converges to the database, whatever messages were lost (law L12).

engine → signal → ``publisher`` → hint ``{run: seq}`` in one group of the channel layer → ``hub`` of each web process →
``consumers`` read the database (``reading``) and send what is new (``view``, ``protocol``) → the browser paints, and
fetches the parts of the page that hold words. What no script reads is not sent. A heartbeat carries the number of the
latest journal entry, so that even the last lost hint is repaired.
"""
