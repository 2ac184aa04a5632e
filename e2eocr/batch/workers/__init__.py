"""Who reads the documents of a batch: this process, several, or the machines of a cluster."""
