"""Teaching the encoder our reading: low-rank adapters and attention heads, on CPU with torch."""
