"""Pure domain: no files, SQL, web, clock or environment."""
