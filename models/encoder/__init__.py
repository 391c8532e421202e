"""How the offline encoder comes to be: read a 4-bit wheel, cut the vocabulary, merge, export."""
