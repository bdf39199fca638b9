"""The doors of phusong: HTTP, pages and command line."""
