"""What the doors may ask: each function reads stored results and returns frozen rows; nothing is computed here.

Access is decided inside: with `sees_sites=False` a function returns only what everybody may see (figures over any
operator, the 500 m grid), whatever the caller asks for.
"""
