"""What `palate evaluate` runs and shows, one file a measurement."""
