"""Alembic migrations of the store, part of the wheel."""
