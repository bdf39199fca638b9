"""PostGIS: tables, sessions, the private cluster and the migrations."""
