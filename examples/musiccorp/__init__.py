"""MusicCorp welcomes a customer (scenario S1): three independent reactions to one event, in both styles."""
