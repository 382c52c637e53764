"""What `make bench` measures: our product beside what others would take for the same work."""
