"""An order needs funds and an item (scenario S5): the same steps in both styles, and news of every outcome (S6)."""
