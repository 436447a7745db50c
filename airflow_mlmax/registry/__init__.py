"""Which version of a model is the champion, since when, by whom and why."""
