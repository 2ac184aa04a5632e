"""What printing, age and capture do to a picture."""
