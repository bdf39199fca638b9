"""Numbers that come from law or science: YAML files with unit, dates and a typed source, and their loader."""
