"""Foreign files in, clean rows and a list of problems out."""
