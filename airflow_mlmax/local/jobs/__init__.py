"""The queue of jobs and the four families: what runs when, and what becomes of it."""
