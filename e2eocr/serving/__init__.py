"""Reading for others over HTTP: documents come in by requests, and are read by the workers of a batch.

`web/` is what knows Flask. The rest does without it: the desk that takes documents in, and what its workers do.
"""
