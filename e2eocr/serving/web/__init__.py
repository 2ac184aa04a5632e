"""What of a server knows HTTP: the Flask application with its page, and the socket it is served on."""
