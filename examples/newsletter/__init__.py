"""The newsletter of MusicCorp's marketing team: a separate app that listens to the saga of another team."""
