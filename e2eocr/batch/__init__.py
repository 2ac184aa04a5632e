"""Many documents in one run: finding them, sharing them out to workers, and saying what became of each."""
