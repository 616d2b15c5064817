"""The site: settings, urls and entry points. It knows every part; nothing imports it."""
