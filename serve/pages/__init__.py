"""Server-rendered pages in Chinese; htmx refines them, plain forms work without it."""
