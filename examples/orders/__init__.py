"""An order needs funds and an item (scenario S5): the same steps in both styles, and events for every outcome (S6)."""
