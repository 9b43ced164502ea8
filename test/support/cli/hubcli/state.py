"""What a call may change without the next one seeing it, and what the preload hook leaves behind."""

COUNTER = 0
PRELOADED = None
