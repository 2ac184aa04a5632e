"""What is done to one page, from its picture to its lines in order."""
