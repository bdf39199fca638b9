"""How results look: palettes, legends, map layers, pages and tables. Receives results, never fetches them."""
