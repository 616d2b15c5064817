"""The newsletter of MusicCorp's marketing team: an app of its own that listens to the saga of another team."""
