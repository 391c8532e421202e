"""Storage: SQLAlchemy models, migrations and the few questions asked of them."""
