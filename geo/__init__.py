"""What is true: places, radio, coverage and targets."""
